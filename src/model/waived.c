#include "model/waived.h"

#include "base/time.h"

#define REASON_MAX 16384
#define ID_LEN 32

struct json *waived_to_json(const struct waived *waived)
{
	char until[TIME_TEXT_SIZE];
	struct json *json = json_new_object();
	time_put(waived->until_us, until);
	json_put_text(json, "id", waived->id);
	json_put_cstr(json, "until", until);
	json_put_text(json, "why", waived->why.at ? waived->why : TEXT(""));
	json_put_text(json, "by", waived->by.at ? waived->by : TEXT(""));
	json_put_cstr(json, "status", status_name(waived->status));
	json_put_text(json, "reason", waived->reason.at ? waived->reason : TEXT(""));
	return json;
}

static bool get_text(const struct json *json, const char *key, size_t limit, struct arena *arena,
		     struct text *text, struct err *err)
{
	struct text value = json_text(json, key);
	if (!value.at)
		return err_set(err, ERR_INPUT, "waiver: \"%s\" must be a text", key);
	if (value.len > limit)
		return err_set(err, ERR_LIMIT,
			       "waiver: \"%s\" has %zu bytes; at most %zu are taken", key,
			       value.len, limit);
	*text = arena_text(arena, value);
	return true;
}

bool waived_from_json(const struct json *json, struct arena *arena, struct waived *waived,
		      struct err *err)
{
	struct waived read = {.status = STATUS_FAIL};
	unsigned char bytes[ID_LEN / 2];
	if (!get_text(json, "id", ID_LEN, arena, &read.id, err) ||
	    !get_text(json, "why", WAIVED_WHY_MAX, arena, &read.why, err) ||
	    !get_text(json, "by", WAIVED_BY_MAX, arena, &read.by, err) ||
	    !get_text(json, "reason", REASON_MAX, arena, &read.reason, err))
		return false;
	if (!text_to_bytes(read.id, bytes, sizeof(bytes)))
		return err_set(err, ERR_INPUT, "waiver: \"id\" must be 32 hex digits");
	if (!time_read(json_text(json, "until"), &read.until_us))
		return err_set(err, ERR_INPUT, "waiver: \"until\" must be a time of RFC 3339");
	if (!status_read(json_text(json, "status"), &read.status) ||
	    (read.status != STATUS_FAIL && read.status != STATUS_ERROR))
		return err_set(err, ERR_INPUT, "waiver: \"status\" must be fail or error");
	*waived = read;
	return true;
}
