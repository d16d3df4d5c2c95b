/* authorized_keys, and a private key. */
#include "assess/host/account/sshkey.h"

#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text text = {(const char *)bytes, len}, rest = text, line;
	struct sshkey_private private;
	scoped(arena_free) struct arena *arena = arena_new(GATHER_ARENA_MAX);
	while (text_next(&rest, '\n', &line) && arena_left(arena) > GATHER_ARENA_SPARE) {
		struct sshkey key;
		sshkey_parse_line(line, arena, &key);
		must(key.malformed || (key.bits > 0 && key.type.len > 0 && key.print.len > 0));
	}
	if (sshkey_parse_private(text, arena, &private))
		must(private.key.malformed || !private.key.print.at || private.key.bits > 0);
	struct probe_call call = {.probe = probe_find(TEXT("sshkeys"))};
	ask(&call, "/etc/ssh/ssh_host_a_key", text);
	ask(&call, "/etc/ssh/ssh_host_a_key.pub", text);
	return 0;
}
