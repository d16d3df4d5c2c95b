/* item.h: a compliance item: the result of one check on one target (CONTRACT 2).
 *
 * Texts are lent from the arena that the item was made in, valid as long as it. Bytes in them that
 * are not UTF-8 become U+FFFD on the way to JSON. */
#pragma once
#include "base/mem.h"
#include "base/time.h"
#include "format/json.h"
#include "model/actor.h"
#include "model/level.h"
#include "model/waived.h"

#define ITEM_EVIDENCE_MAX 20       /* entries */
#define ITEM_EVIDENCE_TEXT_MAX 256 /* bytes of text each */
#define ITEM_EVIDENCE_BYTES_MAX (16 * 1024)
#define ITEM_JSON_MAX (64 * 1024) /* bytes of one item's JSON; larger ones are refused */
#define ITEM_ID_SIZE 33

struct evidence {
	struct text path; /* at NULL: none */
	uint64_t line;    /* 0: none */
	struct text text; /* at NULL: none (masked, or not a matter of text) */
};

struct tag {
	struct text key, value;
};

struct item {
	struct text target, link;
	int64_t at_us; /* utctimestamp */
	enum status status;
	struct {
		struct text name, url;
		enum level level;
	} policy;
	struct {
		struct text ref, name, description, location, test_type, test_value;
	} check;
	char id[ITEM_ID_SIZE];
	struct text reason, agent, action;
	const struct evidence *evidence;
	size_t evidence_count;
	bool truncated;
	int64_t duration_us;
	const struct tag *tags;
	size_t tag_count;
	const struct waived *waiver; /* of STATUS_WAIVED alone; NULL: none */
	const struct actor *by;      /* of a change: who made it; NULL: not known, or nobody did */
};

/* First 128 bits, hex, of SHA-256 over agent (empty: target), policy, ref, part, each preceded by
 * its length as 8 bytes, big-endian. */
void item_put_id(struct text agent_or_target, struct text policy, struct text ref, struct text part,
		 char out[static ITEM_ID_SIZE]);

/* The caller's. Whatever bytes evidence and actor hold, item_from_json takes it: what grew too long
 * as UTF-8 is cut. */
must_use struct json *item_to_json(const struct item *item);

/* Into arena, texts copied. ERR_INPUT names the first field that is missing or wrong; what is too
 * much (evidence, lengths) is ERR_LIMIT. What it lets through is valid. */
must_use bool item_from_json(const struct json *json, struct arena *arena, struct item *item,
			     struct err *err);
