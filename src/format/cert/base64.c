#include "format/cert/base64.h"

#include <nettle/base64.h>
#include <string.h>

struct text base64_decode(struct text text, struct arena *arena)
{
	struct base64_decode_ctx state;
	unsigned char *out = arena_get(arena, BASE64_DECODE_LENGTH(text.len) + 1, 1);
	size_t len = BASE64_DECODE_LENGTH(text.len), rest = 0;
	base64_decode_init(&state);
	if (text.len == 0 || !base64_decode_update(&state, &len, out, text.len, text.at))
		return (struct text){0};
	/* what ends without its padding gets it */
	static const char padding[] = "==";
	for (size_t i = 0; i < 2 && !base64_decode_final(&state); i++) {
		rest = 1;
		if (!base64_decode_update(&state, &rest, out + len, 1, &padding[i]))
			return (struct text){0};
	}
	if (!base64_decode_final(&state))
		return (struct text){0};
	return (struct text){(const char *)out, len};
}

struct text base64_encode(struct text bytes, struct arena *arena)
{
	size_t size = BASE64_ENCODE_RAW_LENGTH(bytes.len);
	char *out = arena_get(arena, size + 1, 1);
	base64_encode_raw(out, bytes.len, (const uint8_t *)bytes.at);
	while (size > 0 && out[size - 1] == '=')
		size--;
	out[size] = '\0';
	return (struct text){out, size};
}
