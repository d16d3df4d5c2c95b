/* mozilla.h: which level of Mozilla's Server Side TLS, version 5.7, a service meets.
 *
 * A level is met when nothing that the service agrees to goes below it: its protocol versions,
 * ciphers, groups, the size of its finite fields, and its certificates' keys and signatures. What
 * is stronger than the level's own list is no fault (a certificate of ECDSA at "old", a group such
 * as secp521r1, X448 or X25519MLKEM768). What is not TLS's own is not part of it, since the
 * guideline's figures are for the public web: a certificate's lifetime and trust, HSTS, OCSP; they
 * have fields of their own. */
#pragma once
#include "format/json.h"
#include "model/value.h"

#define MOZILLA_FAULTS_MAX 8 /* named for one level; the others are counted */

/* answer: what the vantage says of a service (src/vantage/tls/tls.h), with its parts offer and
 * certificate. 0: not even old is met (or it speaks no TLS). why receives what keeps it from the
 * next level, "" at modern. */
must_use int mozilla_level(const struct json *answer, struct buf *why);
