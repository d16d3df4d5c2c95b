/* rpm.h: which packages rpm has: its database of SQLite's form (rpm 4.16 and later), once a run.
 *
 * Told as dpkg's are (probe/dpkg.h), so that whoever asks for packages need not know whose they
 * are: the version is EPOCH:VERSION-RELEASE, without an epoch of 0; all are installed. */
#pragma once
#include "assess/probe/dpkg.h"

#define RPM_DATABASE_MAX (512u * 1024 * 1024) /* bytes */
#define RPM_HEADER_ENTRIES_MAX 65536          /* of one package */

/* A package's header as it lies in the database (rpm's lib/header.c: counts, index, store; numbers
 * big-endian). False: it is none. Texts are in arena. */
must_use bool rpm_header_read(struct text header, struct arena *arena,
			      struct dpkg_package *package);

/* GATHER_MISSING: no database of rpm's is there. */
must_use enum gather_answer rpm_read(struct gather *gather, const struct dpkg_packages **packages,
				     struct text *why);

/* Loads what is needed, where there is such a database: for a probe's prepare. */
void rpm_prepare(struct gather *gather);
