#include "assess/host/auditload.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <string.h>

#include "base/buf.h"
#include "os/kernel/calls.h"

#define KEY_SEPARATOR 1 /* the byte between the keys of one rule */
#define ALL_WORDS (AUDIT_BITMASK_SIZE - 1)

/* How a field's value is written. */
enum form {
	FORM_NUMBER,
	FORM_SIGNED,
	FORM_TEXT, /* the value is its length; the text is behind the rule */
	FORM_USER, /* unset, or a number */
	FORM_ARCH,
	FORM_PERM,
	FORM_EXIT,
	FORM_FILETYPE,
	FORM_KEY,
	FORM_COMPARE,
};

static const struct {
	uint32_t id;
	const char *name;
	enum form form;
} fields[] = {
	{AUDIT_PID, "pid", FORM_NUMBER},
	{AUDIT_UID, "uid", FORM_USER},
	{AUDIT_EUID, "euid", FORM_USER},
	{AUDIT_SUID, "suid", FORM_USER},
	{AUDIT_FSUID, "fsuid", FORM_USER},
	{AUDIT_GID, "gid", FORM_NUMBER},
	{AUDIT_EGID, "egid", FORM_NUMBER},
	{AUDIT_SGID, "sgid", FORM_NUMBER},
	{AUDIT_FSGID, "fsgid", FORM_NUMBER},
	{AUDIT_LOGINUID, "auid", FORM_USER},
	{AUDIT_PERS, "pers", FORM_NUMBER},
	{AUDIT_ARCH, "arch", FORM_ARCH},
	{AUDIT_MSGTYPE, "msgtype", FORM_NUMBER},
	{AUDIT_SUBJ_USER, "subj_user", FORM_TEXT},
	{AUDIT_SUBJ_ROLE, "subj_role", FORM_TEXT},
	{AUDIT_SUBJ_TYPE, "subj_type", FORM_TEXT},
	{AUDIT_SUBJ_SEN, "subj_sen", FORM_TEXT},
	{AUDIT_SUBJ_CLR, "subj_clr", FORM_TEXT},
	{AUDIT_PPID, "ppid", FORM_NUMBER},
	{AUDIT_OBJ_USER, "obj_user", FORM_TEXT},
	{AUDIT_OBJ_ROLE, "obj_role", FORM_TEXT},
	{AUDIT_OBJ_TYPE, "obj_type", FORM_TEXT},
	{AUDIT_OBJ_LEV_LOW, "obj_lev_low", FORM_TEXT},
	{AUDIT_OBJ_LEV_HIGH, "obj_lev_high", FORM_TEXT},
	{AUDIT_LOGINUID_SET, "loginuid_set", FORM_NUMBER},
	{AUDIT_SESSIONID, "sessionid", FORM_USER},
	{AUDIT_FSTYPE, "fstype", FORM_NUMBER},
	{AUDIT_DEVMAJOR, "devmajor", FORM_NUMBER},
	{AUDIT_DEVMINOR, "devminor", FORM_NUMBER},
	{AUDIT_INODE, "inode", FORM_NUMBER},
	{AUDIT_EXIT, "exit", FORM_EXIT},
	{AUDIT_SUCCESS, "success", FORM_NUMBER},
	{AUDIT_WATCH, "path", FORM_TEXT},
	{AUDIT_PERM, "perm", FORM_PERM},
	{AUDIT_DIR, "dir", FORM_TEXT},
	{AUDIT_FILETYPE, "filetype", FORM_FILETYPE},
	{AUDIT_OBJ_UID, "obj_uid", FORM_USER},
	{AUDIT_OBJ_GID, "obj_gid", FORM_NUMBER},
	{AUDIT_FIELD_COMPARE, "", FORM_COMPARE},
	{AUDIT_EXE, "exe", FORM_TEXT},
	{AUDIT_SADDR_FAM, "saddr_fam", FORM_NUMBER},
	{AUDIT_ARG0, "a0", FORM_NUMBER},
	{AUDIT_ARG1, "a1", FORM_NUMBER},
	{AUDIT_ARG2, "a2", FORM_NUMBER},
	{AUDIT_ARG3, "a3", FORM_NUMBER},
	{AUDIT_FILTERKEY, "key", FORM_KEY},
};

/* By AUDIT_COMPARE_UID_TO_OBJ_UID and on. */
static const char *const compared[][2] = {
	{NULL, NULL},         {"uid", "obj_uid"},   {"gid", "obj_gid"},  {"euid", "obj_uid"},
	{"egid", "obj_gid"},  {"auid", "obj_uid"},  {"suid", "obj_uid"}, {"sgid", "obj_gid"},
	{"fsuid", "obj_uid"}, {"fsgid", "obj_gid"}, {"uid", "auid"},     {"uid", "euid"},
	{"uid", "fsuid"},     {"uid", "suid"},      {"auid", "fsuid"},   {"auid", "suid"},
	{"auid", "euid"},     {"euid", "suid"},     {"euid", "fsuid"},   {"suid", "fsuid"},
	{"gid", "egid"},      {"gid", "fsgid"},     {"gid", "sgid"},     {"egid", "fsgid"},
	{"egid", "sgid"},     {"sgid", "fsgid"},
};

static const char *operator_of(uint32_t flags)
{
	switch (flags & AUDIT_OPERATORS) {
	case AUDIT_EQUAL:
		return "=";
	case AUDIT_NOT_EQUAL:
		return "!=";
	case AUDIT_LESS_THAN:
		return "<";
	case AUDIT_LESS_THAN_OR_EQUAL:
		return "<=";
	case AUDIT_GREATER_THAN:
		return ">";
	case AUDIT_GREATER_THAN_OR_EQUAL:
		return ">=";
	case AUDIT_BIT_MASK:
		return "&";
	case AUDIT_BIT_TEST:
		return "&=";
	}
	return NULL;
}

struct loading {
	struct audit_rule_data data;
	struct text texts; /* what is left of the texts behind it */
	struct buf line;
};

/* -------- values -------- */

/* In a line nothing but a word can stand. */
static void put_word(struct buf *out, struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];
		buf_char(out, c <= ' ' || c == 0x7f ? '?' : (char)c);
	}
}

static bool cut_text(struct loading *loading, uint32_t len, struct text *text)
{
	if (len > loading->texts.len)
		return false;
	*text = (struct text){loading->texts.at, len};
	loading->texts = (struct text){loading->texts.at + len, loading->texts.len - len};
	return true;
}

static void put_perm(struct buf *out, uint32_t value)
{
	static const struct {
		uint32_t bit;
		char letter;
	} letters[] = {{AUDIT_PERM_READ, 'r'},
		       {AUDIT_PERM_WRITE, 'w'},
		       {AUDIT_PERM_EXEC, 'x'},
		       {AUDIT_PERM_ATTR, 'a'}};
	for (size_t i = 0; i < array_len(letters); i++)
		if (value & letters[i].bit)
			buf_char(out, letters[i].letter);
}

/* "-EACCES" */
static void put_exit(struct buf *out, int32_t value)
{
	const char *name = value < 0 && value > -4096 ? strerrorname_np(-value) : NULL;
	if (name)
		buf_print(out, "-%s", name);
	else
		buf_print(out, "%d", value);
}

static void put_filetype(struct buf *out, uint32_t value)
{
	static const char *const names[] = {
		[1] = "fifo", [2] = "character", [4] = "dir",    [6] = "block",
		[8] = "file", [10] = "link",     [12] = "socket"};
	uint32_t kind = value >> 12;
	if (kind < array_len(names) && names[kind])
		buf_cstr(out, names[kind]);
	else
		buf_print(out, "%u", value);
}

static void put_number(struct buf *out, enum form form, uint32_t value)
{
	if (form == FORM_ARCH)
		buf_cstr(out, value & __AUDIT_ARCH_64BIT ? "b64" : "b32");
	else if (form == FORM_PERM)
		put_perm(out, value);
	else if (form == FORM_EXIT)
		put_exit(out, (int32_t)value);
	else if (form == FORM_FILETYPE)
		put_filetype(out, value);
	else if (form == FORM_USER && value == UINT32_MAX)
		buf_cstr(out, "-1");
	else
		buf_print(out, "%u", value);
}

/* -------- one rule -------- */

static bool put_keys(struct loading *loading, uint32_t len)
{
	struct text keys, key;
	if (!cut_text(loading, len, &keys))
		return false;
	while (text_next(&keys, KEY_SEPARATOR, &key)) {
		buf_cstr(&loading->line, " -F key=");
		put_word(&loading->line, key);
	}
	return true;
}

static bool put_field(struct loading *loading, size_t i)
{
	struct buf *out = &loading->line;
	uint32_t value = loading->data.values[i];
	const char *sign = operator_of(loading->data.fieldflags[i]);
	struct text text;
	size_t at = 0;
	while (at < array_len(fields) && fields[at].id != loading->data.fields[i])
		at++;
	if (!sign)
		return false;
	if (at == array_len(fields)) {
		buf_print(out, " -F field%u%s%u", loading->data.fields[i], sign, value);
		return true;
	}
	if (fields[at].form == FORM_KEY)
		return put_keys(loading, value);
	if (fields[at].form == FORM_COMPARE) {
		if (value == 0 || value >= array_len(compared))
			return false;
		buf_print(out, " -C %s%s%s", compared[value][0], sign, compared[value][1]);
		return true;
	}
	buf_print(out, " -F %s%s", fields[at].name, sign);
	if (fields[at].form != FORM_TEXT) {
		put_number(out, fields[at].form, value);
		return true;
	}
	if (!cut_text(loading, value, &text))
		return false;
	put_word(out, text);
	return true;
}

/* The architecture that the rule is for. */
static uint32_t arch_of(const struct audit_rule_data *data)
{
	for (size_t i = 0; i < data->field_count; i++)
		if (data->fields[i] == AUDIT_ARCH)
			return data->values[i];
	return CALLS_NATIVE;
}

static void put_calls(struct loading *loading)
{
	const struct audit_rule_data *data = &loading->data;
	uint32_t arch = arch_of(data);
	bool all = true, first = true;
	for (size_t i = 0; i < ALL_WORDS; i++)
		all &= data->mask[i] == UINT32_MAX;
	if ((data->flags & ~(uint32_t)AUDIT_FILTER_PREPEND) != AUDIT_FILTER_EXIT)
		return;
	if (all) {
		buf_cstr(&loading->line, " -S all");
		return;
	}
	for (unsigned call = 0; call < ALL_WORDS * 32; call++) {
		if (!(data->mask[AUDIT_WORD(call)] & AUDIT_BIT(call)))
			continue;
		buf_cstr(&loading->line, first ? " -S " : ",");
		calls_put_name(&loading->line, arch, call);
		first = false;
	}
}

static bool put_action(struct loading *loading)
{
	static const char *const lists[] = {"user", "task",    "entry",      "watch",
					    "exit", "exclude", "filesystem", "io_uring"};
	static const char *const actions[] = {"never", "possible", "always"};
	uint32_t list = loading->data.flags & ~(uint32_t)AUDIT_FILTER_PREPEND;
	if (list >= array_len(lists) || loading->data.action >= array_len(actions))
		return false;
	buf_print(&loading->line, "-a %s,%s", actions[loading->data.action], lists[list]);
	return true;
}

/* Whether all that it does is to watch one path: "-w". */
static bool is_watch(const struct loading *loading)
{
	const struct audit_rule_data *data = &loading->data;
	size_t paths = 0, perms = 0;
	bool all = data->flags == AUDIT_FILTER_EXIT && data->action == AUDIT_ALWAYS;
	for (size_t i = 0; i < ALL_WORDS; i++)
		all &= data->mask[i] == UINT32_MAX;
	for (size_t i = 0; i < data->field_count; i++) {
		bool path = data->fields[i] == AUDIT_WATCH || data->fields[i] == AUDIT_DIR;
		paths += path;
		perms += data->fields[i] == AUDIT_PERM;
		all &= path || data->fields[i] == AUDIT_PERM || data->fields[i] == AUDIT_FILTERKEY;
		all &= (data->fieldflags[i] & AUDIT_OPERATORS) == AUDIT_EQUAL;
	}
	return all && paths == 1 && perms == 1;
}

/* "-w PATH -p wa -k KEY"; the texts come in the order of the fields. */
static bool put_watch(struct loading *loading)
{
	const struct audit_rule_data *data = &loading->data;
	scoped(buf_end) struct buf perm = {0}, keys = {0};
	struct text text, key;
	for (size_t i = 0; i < data->field_count; i++) {
		if (data->fields[i] == AUDIT_PERM) {
			put_perm(&perm, data->values[i]);
			continue;
		}
		if (!cut_text(loading, data->values[i], &text))
			return false;
		if (data->fields[i] != AUDIT_FILTERKEY) {
			buf_cstr(&loading->line, "-w ");
			put_word(&loading->line, text);
			continue;
		}
		while (text_next(&text, KEY_SEPARATOR, &key)) {
			buf_cstr(&keys, " -k ");
			put_word(&keys, key);
		}
	}
	buf_print(&loading->line, " -p %s", perm.at ? perm.at : "");
	buf_text(&loading->line, buf_view(&keys));
	return true;
}

/* The architecture comes first, as in a file, and then the calls that it names. */
static bool put_rule(struct loading *loading)
{
	struct audit_rule_data *data = &loading->data;
	if (data->field_count > AUDIT_MAX_FIELDS)
		return false;
	if (is_watch(loading))
		return put_watch(loading);
	if (!put_action(loading))
		return false;
	for (size_t i = 0; i < data->field_count; i++)
		if (data->fields[i] == AUDIT_ARCH && !put_field(loading, i))
			return false;
	put_calls(loading);
	for (size_t i = 0; i < data->field_count; i++)
		if (data->fields[i] != AUDIT_ARCH && !put_field(loading, i))
			return false;
	return true;
}

static bool add(struct auditloads *loads, struct arena *arena, const struct buf *line)
{
	if (loads->count == AUDITLOAD_RULES_MAX)
		return false;
	loads->at = arena_grow(arena, loads->at, &loads->room, loads->count + 1,
			       sizeof(*loads->at));
	struct auditload *load = &loads->at[loads->count++];
	*load = (struct auditload){.line = arena_text(arena, buf_view(line))};
	auditrule_parse(load->line, arena, &load->rule);
	return true;
}

static bool take_rule(struct text body, struct arena *arena, struct auditloads *loads)
{
	scoped(buf_end) struct buf line = {0};
	struct loading loading = {.texts = {0}};
	size_t head = offsetof(struct audit_rule_data, buf);
	if (body.len < head)
		return false;
	memcpy(&loading.data, body.at, head);
	if (loading.data.buflen > body.len - head)
		return false;
	loading.texts = (struct text){body.at + head, loading.data.buflen};
	bool good = put_rule(&loading);
	line = loading.line;
	return good && add(loads, arena, &line);
}

/* -------- messages -------- */

static bool next_message(struct text *rest, uint16_t type, struct text *body)
{
	struct nlmsghdr head;
	if (rest->len < sizeof(head))
		return false;
	memcpy(&head, rest->at, sizeof(head));
	if (head.nlmsg_len < sizeof(head) || head.nlmsg_len > rest->len || head.nlmsg_type != type)
		return false;
	size_t step = ((size_t)head.nlmsg_len + 3) / 4 * 4;
	*body = (struct text){rest->at + sizeof(head), head.nlmsg_len - sizeof(head)};
	if (step > rest->len)
		step = rest->len;
	*rest = (struct text){rest->at + step, rest->len - step};
	return true;
}

bool auditload_parse(struct text bytes, struct arena *arena, struct auditloads *loads)
{
	struct text body;
	while (bytes.len > 0)
		if (!next_message(&bytes, AUDIT_LIST_RULES, &body) ||
		    !take_rule(body, arena, loads))
			return false;
	return true;
}

bool auditload_parse_lines(struct text lines, struct arena *arena, struct auditloads *loads)
{
	struct text one;
	while (text_next(&lines, '\n', &one)) {
		scoped(buf_end) struct buf line = {0};
		buf_text(&line, text_trim(one));
		if (line.len > 0 && !add(loads, arena, &line))
			return false;
	}
	return true;
}

bool auditload_parse_status(struct text bytes, struct arena *arena, struct auditloads *loads)
{
	struct text body;
	struct audit_status status = {0};
	if (!next_message(&bytes, AUDIT_GET, &body) ||
	    body.len < offsetof(struct audit_status, lost))
		return false;
	memcpy(&status, body.at, body.len < sizeof(status) ? body.len : sizeof(status));
	const struct {
		char option;
		uint32_t value;
	} options[] = {{'b', status.backlog_limit},
		       {'f', status.failure},
		       {'r', status.rate_limit},
		       {'e', status.enabled}};
	for (size_t i = 0; i < array_len(options); i++) {
		scoped(buf_end) struct buf line = {0};
		buf_print(&line, "-%c %u", options[i].option, options[i].value);
		if (!add(loads, arena, &line))
			return false;
	}
	return true;
}
