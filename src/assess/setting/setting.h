/* setting.h: one setting of a program as it takes effect: where it was said, and what was said.
 *
 * A reader (sshd.h, ini.h, keyvalue.h, sysctld.h) answers for one key with what decides: one
 * setting, or several where the program adds them up, or none. It follows the program's own rules
 * on includes, drop-ins and precedence; libaugeas, which parses more formats, tells lines apart but
 * not which of them is in force, and maps 2 MB to do so.
 *
 * A text that can't be read is a failure; a file that isn't there is no setting, noted in
 * `missing`. */
#pragma once
#include "assess/engine/gather.h"
#include "model/item.h"

#define SETTING_FILES_MAX 512  /* that one answer may take in, included ones and drop-ins */
#define SETTING_COUNT_MAX 4096 /* of one key: lines that set it */
#define SETTING_BYTES_MAX (1024u * 1024) /* of all values of one key, and bytes of a line */
#define SETTING_WORDS_MAX 4096           /* of one line */

struct setting {
	struct text value;        /* whole, words joined by one space */
	const struct text *words; /* as the program takes them apart */
	size_t word_count;
	struct evidence where;
};

struct settings {
	struct setting *at;
	size_t room, count;
	size_t taken, bytes; /* how often one was added or set; of all their values */
	size_t files;        /* read so far */
	struct text missing; /* the first file that is not there: why; at NULL: none */
};

/* Adds one; its texts are copied. ERR_LIMIT beyond SETTING_COUNT_MAX or SETTING_BYTES_MAX. */
must_use bool setting_add(struct settings *settings, struct gather *gather,
			  const struct setting *setting, struct err *err);
/* The same in place of all that were said before. */
must_use bool setting_set(struct settings *settings, struct gather *gather,
			  const struct setting *setting, struct err *err);

/* Counts a file that is to be taken in. ERR_LIMIT beyond SETTING_FILES_MAX. */
must_use bool setting_count_file(struct settings *settings, struct err *err);

/* A file's text; *content.at NULL when it is missing. ERR_LIMIT beyond SETTING_FILES_MAX. */
must_use bool setting_read(struct settings *settings, struct gather *gather, struct text path,
			   struct text *content, struct err *err);

/* Files of the same name in several folders mask each other, the first folder's being the one that
 * counts (an empty one, or a link to /dev/null, masks too); what is left, sorted by name, are
 * the drop-ins: *.conf. */
must_use bool setting_dropins(struct gather *gather, const char *const *folders, const char *below,
			      const struct text **paths, size_t *count, struct err *err);
