/* Files with a packet filter's rules. The first byte chooses: nftables' language, what iptables
 * saves, or ufw's settings. */
#include "ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const paths[] = {"/etc/nftables.conf", "/etc/iptables/rules.v4",
					    "/etc/default/ufw"};
	struct err err = {0};
	struct probe_answer answer;
	if (len == 0)
		return 0;
	struct text text = {(const char *)bytes + 1, len - 1};
	struct probe_call call = {.probe = probe_find(TEXT("firewall_rules")),
				  .fields = UINT64_MAX};
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	if (!fixture_add_text(fixture, "/etc/ufw/ufw.conf", TEXT("ENABLED=yes\n"), &err) ||
	    !fixture_add_text(fixture, paths[bytes[0] % array_len(paths)], text, &err))
		return 0;
	struct gather_config config = {.running = false};
	scoped(gather_free) struct gather *gather = fixture_gather(fixture, &config);
	probe_run(gather, &call, &answer);
	must(answer.outcome == PROBE_ROWS || (answer.reason.len > 0 && answer.count == 0));
	for (size_t i = 0; i < answer.count; i++)
		must(answer.rows[i].where.line > 0);
	return 0;
}
