#include "assess/verdict/proof.h"

#include <string.h>

#include "assess/verdict/mask.h"

#define MASKED_MAX 4096 /* bytes of a line that are looked at: what is shown lies well within */
#define ENTRY_BYTES 32  /* what an entry takes beyond its texts */
#define PATH_SHOWN_MAX 1024

struct proof proof_begin(struct arena *arena, bool hidden)
{
	return (struct proof){.arena = arena, .hidden = hidden};
}

struct text proof_show(struct text text, size_t limit, struct arena *arena)
{
	struct text head = {text.at, text.len < MASKED_MAX ? text.len : MASKED_MAX};
	struct text masked = mask_text(head, arena);
	if (masked.len <= limit)
		return arena_text(arena, masked);
	size_t len = text_cut(masked, limit);
	return text_of(arena_print(arena, "%.*s…", (int)len, masked.at));
}

/* Takes an entry as it is shown. */
static void add_shown(struct proof *proof, const struct evidence *shown)
{
	size_t bytes = shown->path.len + shown->text.len + ENTRY_BYTES;
	if (proof->count == ITEM_EVIDENCE_MAX || proof->bytes + bytes > ITEM_EVIDENCE_BYTES_MAX) {
		proof->truncated = true;
		return;
	}
	proof->truncated |= shown->text.len > ITEM_EVIDENCE_TEXT_MAX;
	if (!proof->list)
		proof->list = arena_get(proof->arena, ITEM_EVIDENCE_MAX, sizeof(*proof->list));
	proof->list[proof->count++] = *shown;
	proof->bytes += bytes;
}

void proof_add(struct proof *proof, const struct evidence *evidence)
{
	struct evidence shown = {.line = evidence->line};
	if (proof->count == ITEM_EVIDENCE_MAX) {
		proof->truncated = true;
		return;
	}
	if (evidence->path.at)
		shown.path = proof_show(evidence->path, PATH_SHOWN_MAX, proof->arena);
	if (evidence->text.at && !proof->hidden)
		shown.text = proof_show(evidence->text, ITEM_EVIDENCE_TEXT_MAX, proof->arena);
	add_shown(proof, &shown);
}

void proof_join(struct proof *proof, const struct proof *other)
{
	must(proof->arena == other->arena); /* so the other's texts live as long */
	for (size_t i = 0; i < other->count; i++)
		add_shown(proof, &other->list[i]);
	proof->truncated |= other->truncated;
}
