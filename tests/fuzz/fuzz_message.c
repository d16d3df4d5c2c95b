/* What a peer may send: the first byte says which side speaks and whether it has a certificate. */
#include "net/link/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len == 0)
		return 0;
	enum message_side from = bytes[0] & 1 ? MESSAGE_FROM_AGENT : MESSAGE_FROM_SERVER;
	struct text rest = {(const char *)bytes + 1, len - 1};
	for (bool whole = true; whole;) {
		struct err err = {0};
		struct message message = {0};
		size_t used = 0;
		if (!message_get(rest, from, (bytes[0] & 2) != 0, &message, &used, &whole, &err)) {
			must(err.kind != ERR_NONE);
			return 0;
		}
		if (!whole)
			return 0;
		must(used >= MESSAGE_HEAD && used <= rest.len);
		must(message.body.len <= message_limit(message.type));
		rest.at += used;
		rest.len -= used;
		struct json *json = json_parse(message.body, &err);
		json_free(&json);
	}
	return 0;
}
