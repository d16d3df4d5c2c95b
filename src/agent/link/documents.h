/* documents.h: the policies that the server has assigned to this host, kept on the disk.
 *
 * One file holds them all, so that an assignment is there whole or not at all. In memory stay names
 * and digests. */
#pragma once
#include "base/buf.h"
#include "format/json.h"

#define DOCUMENTS_MAX 1000
#define DOCUMENTS_BYTES_MAX (18u * 1024 * 1024) /* of the file */
#define DOCUMENTS_DIGEST_SIZE 65

struct documents {
	struct json *held;                  /* [{"name","revision","sha256"}] */
	char digest[DOCUMENTS_DIGEST_SIZE]; /* of all names and digests: the same for the same
					       assignment */
};

/* A missing file is an empty assignment; a damaged one, too, after a warning: the server sends all
 * of it again. */
must_use bool documents_load(int folder, struct documents *documents, struct err *err);
void documents_end(struct documents *documents);
must_use size_t documents_count(const struct documents *documents);

/* Takes what ASSIGN lists; texts left out are those that we hold. ERR_INPUT: the list is wrong
 * (then everything is as before), ERR_SYSTEM: the disk. */
must_use bool documents_assign(int folder, struct documents *documents, const struct json *list,
			       bool *changed, struct err *err);

/* Appends [{"name","text"}]. */
must_use bool documents_texts(int folder, struct buf *out, struct err *err);
