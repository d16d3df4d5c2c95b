/* An item as an agent sends it: what is let through is valid and comes back as it was written. */
#include "model/item.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err err = {0};
	struct item item, back;
	if (len > ITEM_JSON_MAX)
		return 0;
	scoped(json_free) struct json *json = json_parse((struct text){(const char *)bytes, len},
							 &err);
	scoped(arena_free) struct arena *arena = arena_new(4 << 20);
	if (!json || !item_from_json(json, arena, &item, &err)) {
		must(err.kind != ERR_NONE);
		return 0;
	}
	scoped(json_free) struct json *again = item_to_json(&item);
	must(item_from_json(again, arena, &back, &err));
	must(back.status == item.status && back.evidence_count <= item.evidence_count);
	must(!back.by == !item.by && (!back.by || back.by->pid == item.by->pid));
	scoped(json_free) struct json *third = item_to_json(&back);
	scoped(buf_end) struct buf one = {0}, other = {0};
	json_write(again, &one);
	json_write(third, &other);
	must(text_is_equal(buf_view(&one), buf_view(&other))); /* what was cut is not cut again */
	return 0;
}
