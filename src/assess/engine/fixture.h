/* fixture.h: a system that exists in memory alone, for the examples of policies and for tests.
 *
 * Files are added with their text and what a real one would have; folders above them appear by
 * themselves (root's, 0755). A gather of it answers as one of a real system would: links, globs,
 * missing files, wrong types. */
#pragma once
#include "assess/engine/gather.h"

#define FIXTURE_FILES_MAX 100000
#define FIXTURE_BYTES_MAX (64u * 1024 * 1024) /* of contents */
#define FIXTURE_LINKS_MAX 40                  /* followed in one path, as the kernel */

struct fixture; /* a handle */

struct fixture_file {
	struct text path; /* absolute, without . and .. */
	enum gather_kind kind;
	struct text content; /* of a file; of a link its target */
	uint32_t mode, uid, gid;
	int64_t mtime_us;
	bool denied; /* permission denied: it can be seen but not read */
};

must_use struct fixture *fixture_new(void);
void fixture_free(struct fixture **fixture);

/* Texts are copied. What stood there before is replaced. ERR_INPUT: a path that can't be;
 * ERR_LIMIT. */
must_use bool fixture_add(struct fixture *fixture, const struct fixture_file *file,
			  struct err *err);

/* An ordinary file of root's, 0644, modified at 0. */
must_use bool fixture_add_text(struct fixture *fixture, const char *path, struct text content,
			       struct err *err);

/* What is answered to a question (ask.h), or to all that begin with these one or two words; others
 * are GATHER_MISSING. Both are copied. */
void fixture_add_answer(struct fixture *fixture, struct text question, struct text answer);

/* The gather of it; the fixture is lent until gather_free. root of the config is ignored. */
must_use struct gather *fixture_gather(struct fixture *fixture, const struct gather_config *config);
