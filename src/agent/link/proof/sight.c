#include "agent/link/proof/sight.h"

#include "base/log.h"
#include "model/host.h"

struct json *sight_read(const struct json *told)
{
	static const char *const numbers[] = {"names", "looked_at"};
	static const char *const texts[] = {"why", "who"};
	struct json *sight = json_new_object();
	for (size_t i = 0; i < array_len(numbers); i++) {
		int64_t number = json_int(told, numbers[i], 0);
		number = number < 0 ? 0 : number;
		json_put_int(sight, numbers[i], number < HOST_WATCH_MAX ? number : HOST_WATCH_MAX);
	}
	for (size_t i = 0; i < array_len(texts); i++) {
		struct text text = json_text(told, texts[i]);
		text.len = text_cut(text, HOST_FACT_MAX);
		json_put_text(sight, texts[i], text.at ? text : TEXT(""));
	}
	return sight;
}

void sight_take(struct json **sight, const struct json *told)
{
	char shown[LOG_VALUE_SIZE];
	struct text why = json_text(told, "why");
	json_free(sight);
	*sight = sight_read(told);
	if (why.len > 0)
		log_write(LOG_WARN, "link", "some names are only looked at: %s",
			  log_value(why, shown));
}

struct json *sight_facts(const struct json *sight, const struct defects *defects)
{
	struct json *facts = sight ? json_copy(sight) : sight_read(NULL);
	defects_put(defects, facts);
	return facts;
}
