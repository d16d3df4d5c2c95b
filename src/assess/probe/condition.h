/* condition.h: the conditions of a search for files: MIG's file module in our words.
 *
 * A condition is a text under a kind: `name`, `mode` and `content` are regular expressions, `size`
 * and `mtime` a comparison ("<10k", ">1g", "<90d": changed within the last 90 days), `digest` an
 * algorithm and its hex
 * ("sha256:e3b0…"). What stands under `no_name`, `no_digest` or `no_content` must not hold (no line
 * may match), and `mismatch` turns all conditions of a kind around. */
#pragma once
#include "assess/probe/fileinfo.h"

#define CONDITIONS_MAX 256 /* of one search */

enum condition_kind {
	CONDITION_NAME,
	CONDITION_SIZE,
	CONDITION_MODE,
	CONDITION_MTIME,
	CONDITION_DIGEST,
	CONDITION_CONTENT,
	CONDITION_KINDS,
};

extern const char
	*const condition_names[CONDITION_KINDS + 1]; /* as the parameters; ends with NULL */

struct conditions; /* a handle: expressions compiled */

/* Of a call's parameters. ERR_INPUT says which condition is wrong, and how it is written. */
must_use struct conditions *conditions_new(const struct probe_call *call, struct err *err);
void conditions_free(struct conditions **conditions);

enum condition_answer {
	CONDITION_NO,
	CONDITION_YES,
	CONDITION_FAILED /* why says what went wrong */
};

/* Whether all conditions on the name hold: to be asked first, before anything is looked at. */
must_use bool conditions_name(struct conditions *conditions, struct text path);

/* Whether all others hold. Of a content condition, *where receives the first line that matched. */
must_use enum condition_answer conditions_hold(struct conditions *conditions, struct gather *gather,
					       struct text path, const struct gather_stat *stat,
					       struct evidence *where, struct text *why);
