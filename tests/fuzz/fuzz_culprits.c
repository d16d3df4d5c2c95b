/* Who changed something, as one of our processes tells another: what is taken comes back the same.
 */
#include "assess/drift/culprits.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err err = {0};
	scoped(json_free) struct json *json = json_parse((struct text){(const char *)bytes, len},
							 &err);
	struct culprits *first = culprits_new(), *second = culprits_new();
	culprits_take_json(first, json);
	scoped(json_free) struct json *told = culprits_to_json(first);
	culprits_take_json(second, told);
	for (uint32_t i = 0; i < 100; i++) {
		const struct actor *a = culprits_of(first, i), *b = culprits_of(second, i);
		must(!a == !b && (!a || a->pid == b->pid));
	}
	culprits_free(&first);
	culprits_free(&second);
	return 0;
}
