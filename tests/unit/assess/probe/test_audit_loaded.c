#include <linux/audit.h>
#include <linux/netlink.h>
#include <string.h>

#include "assess/engine/ask.h"
#include "assess/host/auditload.h"
#include "unit.h"

#include "call.h"

static struct probe_answer answer;
static struct probe_call call;

/* -------- what a kernel would say -------- */

static void put_message(struct buf *out, uint16_t type, const void *body, size_t len)
{
	const struct nlmsghdr head = {.nlmsg_len = (uint32_t)(sizeof(head) + len),
				      .nlmsg_type = type};
	buf_add(out, &head, sizeof(head));
	buf_add(out, body, len);
	while (out->len % 4)
		buf_char(out, '\0');
}

struct made {
	char texts[256];
	struct audit_rule_data rule; /* ends with an array without a size */
};

static struct made make(uint32_t list, uint32_t action)
{
	struct made made = {.rule = {.flags = list, .action = action}};
	memset(made.rule.mask, 0xff, sizeof(made.rule.mask));
	return made;
}

static void add_field(struct made *made, uint32_t field, uint32_t op, uint32_t value)
{
	uint32_t at = made->rule.field_count++;
	made->rule.fields[at] = field;
	made->rule.fieldflags[at] = op;
	made->rule.values[at] = value;
}

static void add_text(struct made *made, uint32_t field, const char *text)
{
	size_t len = strlen(text);
	memcpy(made->texts + made->rule.buflen, text, len);
	made->rule.buflen += (uint32_t)len;
	add_field(made, field, AUDIT_EQUAL, (uint32_t)len);
}

static void put_rule(struct buf *out, const struct made *made)
{
	scoped(buf_end) struct buf body = {0};
	buf_add(&body, &made->rule, offsetof(struct audit_rule_data, buf));
	buf_add(&body, made->texts, made->rule.buflen);
	put_message(out, AUDIT_LIST_RULES, body.at, body.len);
}

static struct gather *ask(struct fixture *fixture, bool running)
{
	struct gather *gather = fixture_gather(fixture,
					       &(struct gather_config){.running = running});
	call = call_of("audit_rules", "");
	call_set(&call, "where", "loaded", 0);
	probe_run(gather, &call, &answer);
	return gather;
}

static const char *shown(size_t row, const char *field)
{
	return call_shown(&call, &answer, row, field);
}

static void add_status(struct fixture *fixture)
{
	scoped(buf_end) struct buf status = {0};
	const struct audit_status two = {.enabled = 2, .failure = 1, .backlog_limit = 8192};
	put_message(&status, AUDIT_GET, &two, sizeof(two));
	fixture_add_answer(fixture, TEXT("audit-status"), buf_view(&status));
}

test(tells_the_loaded_rules_as_lines_and_by_meaning)
{
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	scoped(buf_end) struct buf rules = {0};
	struct made watch = make(AUDIT_FILTER_EXIT, AUDIT_ALWAYS);
	add_text(&watch, AUDIT_WATCH, "/etc/passwd");
	add_field(&watch, AUDIT_PERM, AUDIT_EQUAL, AUDIT_PERM_WRITE | AUDIT_PERM_ATTR);
	add_text(&watch, AUDIT_FILTERKEY, "a\001b");
	struct made call_rule = make(AUDIT_FILTER_EXIT, AUDIT_ALWAYS);
	memset(call_rule.rule.mask, 0, sizeof(call_rule.rule.mask));
	call_rule.rule.mask[AUDIT_WORD(59)] = AUDIT_BIT(59);
	add_field(&call_rule, AUDIT_LOGINUID, AUDIT_GREATER_THAN_OR_EQUAL, 1000);
	add_field(&call_rule, AUDIT_LOGINUID, AUDIT_NOT_EQUAL, UINT32_MAX);
	add_field(&call_rule, AUDIT_ARCH, AUDIT_EQUAL, AUDIT_ARCH_X86_64);
	add_field(&call_rule, AUDIT_EXIT, AUDIT_EQUAL, (uint32_t)-13);
	add_text(&call_rule, AUDIT_EXE, "/usr/bin/x");
	struct made never = make(AUDIT_FILTER_EXCLUDE, AUDIT_NEVER);
	add_field(&never, AUDIT_MSGTYPE, AUDIT_EQUAL, 1307);
	struct made compare = make(AUDIT_FILTER_EXIT, AUDIT_ALWAYS);
	add_field(&compare, AUDIT_FIELD_COMPARE, AUDIT_NOT_EQUAL, AUDIT_COMPARE_UID_TO_EUID);
	const struct made *all[] = {&watch, &call_rule, &never, &compare};
	for (size_t i = 0; i < array_len(all); i++)
		put_rule(&rules, all[i]);
	fixture_add_answer(fixture, TEXT("audit-rules"), buf_view(&rules));
	add_status(fixture);
	struct gather *gather = ask(fixture, true);
	static const char long_line[] = "-a always,exit -F arch=b64 -S execve -F auid>=1000 "
					"-F auid!=-1 -F exit=-EACCES -F exe=/usr/bin/x";
	static const char *const lines[] = {
		"-w /etc/passwd -p wa -k a -k b",
		long_line,
		"-a never,exclude -F msgtype=CWD",
		"-a always,exit -S all -C uid!=euid",
		"-b 8192",
		"-f 1",
		"-r 0",
		"-e 2",
	};
	assert_int_equal(answer.outcome, PROBE_ROWS);
	assert_int_equal(answer.count, array_len(lines));
	for (size_t i = 0; i < array_len(lines); i++) {
		assert_string_equal(shown(i, "line"), lines[i]);
		assert_string_equal(shown(i, "malformed"), "false");
		assert_string_equal(shown(i, "where"), "loaded");
	}
	assert_string_equal(shown(0, "kind"), "watch");
	assert_string_equal(shown(0, "key"), "a, b");
	assert_string_equal(shown(1, "syscall"), "execve");
	assert_string_equal(shown(1, "fields"),
			    "auid>=1000, auid!=unset, exit=-EACCES, exe=/usr/bin/x");
	gather_free(&gather);
}

test(without_an_answer_it_does_not_apply)
{
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	struct gather *gather = ask(fixture, true);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_string_equal(answer.reason.at,
			    "the loaded rules of audit: this example says nothing of it");
	assert_true(call_depends(&answer, "ask:audit-rules"));
	gather_free(&gather);
	gather = ask(fixture, false);
	assert_int_equal(answer.outcome, PROBE_NOT_APPLICABLE);
	assert_string_equal(answer.reason.at, "loaded rules need a running system");
	gather_free(&gather);
}

test(bytes_that_are_no_rules_are_an_error)
{
	static struct made made[4];
	scoped(buf_end) struct buf good = {0};
	for (size_t i = 0; i < array_len(made); i++)
		made[i] = make(AUDIT_FILTER_EXIT, AUDIT_ALWAYS);
	made[0].rule.field_count = AUDIT_MAX_FIELDS + 1;
	made[1].rule.action = 3;
	made[2].rule.flags = 8;
	add_field(&made[3], AUDIT_WATCH, AUDIT_EQUAL, 1000); /* longer than what is there */
	for (size_t i = 0; i < array_len(made); i++) {
		scoped(fixture_free) struct fixture *fixture = fixture_new();
		scoped(buf_end) struct buf rules = {0};
		put_rule(&rules, &made[i]);
		fixture_add_answer(fixture, TEXT("audit-rules"), buf_view(&rules));
		add_status(fixture);
		struct gather *gather = ask(fixture, true);
		assert_int_equal(answer.outcome, PROBE_ERROR);
		assert_string_equal(answer.reason.at,
				    "what the kernel tells of audit is not what it should be");
		gather_free(&gather);
	}
	struct made plain = make(AUDIT_FILTER_EXIT, AUDIT_ALWAYS);
	put_rule(&good, &plain);
	for (size_t len = 1; len < good.len; len++) { /* cut short */
		struct auditloads loads = {0};
		struct arena *arena = arena_new(1 << 20);
		assert_false(auditload_parse((struct text){good.at, len}, arena, &loads));
		arena_free(&arena);
	}
}

test(a_name_that_no_line_can_hold_is_malformed)
{
	struct made watch = make(AUDIT_FILTER_EXIT, AUDIT_ALWAYS);
	struct auditloads loads = {0};
	struct arena *arena = arena_new(1 << 20);
	scoped(buf_end) struct buf rules = {0};
	add_text(&watch, AUDIT_WATCH, "/odd name");
	add_field(&watch, AUDIT_PERM, AUDIT_EQUAL, AUDIT_PERM_WRITE);
	put_rule(&rules, &watch);
	assert_true(auditload_parse(buf_view(&rules), arena, &loads));
	assert_int_equal(loads.count, 1);
	assert_true(loads.at[0].rule.malformed);
	arena_free(&arena);
}

test(rules_of_io_uring_have_numbers)
{
	struct made uring = make(AUDIT_FILTER_URING_EXIT, AUDIT_ALWAYS);
	struct auditloads loads = {0};
	struct arena *arena = arena_new(1 << 20);
	scoped(buf_end) struct buf rules = {0};
	memset(uring.rule.mask, 0, sizeof(uring.rule.mask));
	uring.rule.mask[0] = AUDIT_BIT(19);
	put_rule(&rules, &uring);
	assert_true(auditload_parse(buf_view(&rules), arena, &loads));
	assert_true(text_is(loads.at[0].line, "-a always,io_uring -S 19"));
	assert_false(loads.at[0].rule.malformed);
	arena_free(&arena);
}

test(there_is_a_limit)
{
	struct made plain = make(AUDIT_FILTER_EXIT, AUDIT_ALWAYS);
	struct auditloads loads = {0};
	scoped(buf_end) struct buf rules = {0};
	struct arena *arena = arena_new(512u << 20);
	for (size_t i = 0; i <= AUDITLOAD_RULES_MAX; i++)
		put_rule(&rules, &plain);
	assert_false(auditload_parse(buf_view(&rules), arena, &loads));
	assert_int_equal(loads.count, AUDITLOAD_RULES_MAX);
	arena_free(&arena);
}
