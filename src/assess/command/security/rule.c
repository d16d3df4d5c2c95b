#include <stdlib.h>
#include <string.h>

#include "assess/command/security/audit.h"
#include "os/kernel/calls.h"

#define WORDS 64      /* of the mask of system calls */
#define FIELDS_MAX 64 /* of a rule */

/* struct audit_rule_data, without what follows it. */
struct rule {
	uint32_t flags, action, field_count, mask[WORDS];
	uint32_t fields[FIELDS_MAX], values[FIELDS_MAX], operators[FIELDS_MAX];
	uint32_t len;
};

enum list {
	LIST_USER,
	LIST_TASK,
	LIST_EXIT = 4,
	LIST_EXCLUDE = 5,
	LIST_FILESYSTEM = 6,
	LIST_URING = 7, /* its calls are io_uring's own, which have no names here */
};

enum field {
	FIELD_ARCH = 11,
	FIELD_TYPE = 12,
	FIELD_SUBJECT = 13,
	FIELD_PPID = 18,
	FIELD_OBJECT_END = 23,
	FIELD_FSTYPE = 26,
	FIELD_INODE = 102,
	FIELD_EXIT = 103,
	FIELD_WATCH = 105,
	FIELD_PERM = 106,
	FIELD_DIR = 107,
	FIELD_COMPARE = 111,
	FIELD_EXE = 112,
	FIELD_A0 = 200,
	FIELD_A3 = 203,
	FIELD_KEY = 210,
};

static const struct {
	unsigned number;
	const char *name;
} field_names[] = {
	{0, "pid"},          {1, "uid"},
	{2, "euid"},         {3, "suid"},
	{4, "fsuid"},        {5, "gid"},
	{6, "egid"},         {7, "sgid"},
	{8, "fsgid"},        {9, "auid"},
	{10, "pers"},        {11, "arch"},
	{12, "msgtype"},     {13, "subj_user"},
	{14, "subj_role"},   {15, "subj_type"},
	{16, "subj_sen"},    {17, "subj_clr"},
	{18, "ppid"},        {19, "obj_user"},
	{20, "obj_role"},    {21, "obj_type"},
	{22, "obj_lev_low"}, {23, "obj_lev_high"},
	{25, "sessionid"},   {26, "fstype"},
	{100, "devmajor"},   {101, "devminor"},
	{102, "inode"},      {103, "exit"},
	{104, "success"},    {105, "path"},
	{106, "perm"},       {107, "dir"},
	{108, "filetype"},   {109, "obj_uid"},
	{110, "obj_gid"},    {111, "field_compare"},
	{112, "exe"},        {113, "saddr_fam"},
	{200, "a0"},         {201, "a1"},
	{202, "a2"},         {203, "a3"},
	{210, "key"},
};

/* By AUDIT_COMPARE_…, from 1. */
static const char *const compared[][2] = {
	{NULL, NULL},         {"uid", "obj_uid"},   {"gid", "obj_gid"},  {"euid", "obj_uid"},
	{"egid", "obj_gid"},  {"auid", "obj_uid"},  {"suid", "obj_uid"}, {"sgid", "obj_gid"},
	{"fsuid", "obj_uid"}, {"fsgid", "obj_gid"}, {"uid", "auid"},     {"uid", "euid"},
	{"uid", "fsuid"},     {"uid", "suid"},      {"auid", "fsuid"},   {"auid", "suid"},
	{"auid", "euid"},     {"euid", "suid"},     {"euid", "fsuid"},   {"suid", "fsuid"},
	{"gid", "egid"},      {"gid", "fsgid"},     {"gid", "sgid"},     {"egid", "fsgid"},
	{"egid", "sgid"},     {"sgid", "fsgid"},
};

static const char *field_name(unsigned number)
{
	for (size_t i = 0; i < array_len(field_names); i++)
		if (field_names[i].number == number)
			return field_names[i].name;
	return NULL;
}

static const char *operator_of(uint32_t flags)
{
	static const struct {
		uint32_t flags;
		const char *sign;
	} signs[] = {{0x40000000, "="}, {0x30000000, "!="}, {0x20000000, ">"}, {0x60000000, ">="},
		     {0x10000000, "<"}, {0x50000000, "<="}, {0x08000000, "&"}, {0x48000000, "&="}};
	for (size_t i = 0; i < array_len(signs); i++)
		if ((flags & 0x78000000) == signs[i].flags)
			return signs[i].sign;
	return "(null)";
}

/* -------- one rule -------- */

struct printing {
	const struct rule *rule;
	struct text strings; /* what is left of them */
	bool watch;
	struct buf *out;
};

static bool has_text(uint32_t field)
{
	return (field >= FIELD_SUBJECT && field <= FIELD_OBJECT_END && field != FIELD_PPID) ||
	       field == FIELD_WATCH || field == FIELD_DIR || field == FIELD_EXE ||
	       field == FIELD_KEY;
}

static bool lists_calls(const struct rule *rule)
{
	return rule->flags != LIST_USER && rule->flags != LIST_TASK &&
	       rule->flags != LIST_EXCLUDE && rule->flags != LIST_FILESYSTEM;
}

/* The last word belongs to classes of calls. */
static bool has_all_calls(const struct rule *rule)
{
	for (size_t i = 0; i < WORDS - 1; i++)
		if (rule->mask[i] != UINT32_MAX)
			return false;
	return true;
}

static bool is_watch(const struct rule *rule)
{
	bool perm = false;
	for (size_t i = 0; i < rule->field_count; i++) {
		uint32_t field = rule->fields[i];
		perm |= field == FIELD_PERM;
		if (field != FIELD_PERM && field != FIELD_KEY && field != FIELD_DIR &&
		    field != FIELD_WATCH)
			return false;
	}
	return perm && (!lists_calls(rule) || has_all_calls(rule));
}

static void print_calls(struct printing *printing, uint32_t arch)
{
	const struct rule *rule = printing->rule;
	bool any = false;
	if (!lists_calls(rule))
		return;
	if (has_all_calls(rule)) {
		buf_cstr(printing->out, " -S all");
		return;
	}
	for (unsigned i = 0; i < WORDS * 32; i++) {
		if (!(rule->mask[i / 32] & UINT32_C(1) << i % 32))
			continue;
		buf_cstr(printing->out, any ? "," : " -S ");
		if (rule->flags == LIST_URING)
			buf_print(printing->out, "%u", i);
		else
			calls_put_name(printing->out, arch, i);
		any = true;
	}
}

static bool print_start(struct printing *printing)
{
	static const char *const actions[] = {"never", "possible", "always"};
	static const char *const lists[] = {[LIST_USER] = "user",
					    [LIST_TASK] = "task",
					    [LIST_EXIT] = "exit",
					    [LIST_EXCLUDE] = "exclude",
					    [LIST_FILESYSTEM] = "filesystem",
					    [LIST_URING] = "io_uring"};
	const struct rule *rule = printing->rule;
	uint32_t arch = CALLS_NATIVE;
	if (rule->action >= array_len(actions) || rule->flags >= array_len(lists) ||
	    !lists[rule->flags])
		return false;
	buf_print(printing->out, "-a %s,%s", actions[rule->action], lists[rule->flags]);
	for (size_t i = 0; i < rule->field_count; i++)
		if (rule->fields[i] == FIELD_ARCH) {
			arch = rule->values[i];
			buf_print(printing->out, " -F arch%s%s", operator_of(rule->operators[i]),
				  arch & 0x80000000 ? "b64" : "b32");
		}
	print_calls(printing, arch);
	return true;
}

static bool cut_string(struct printing *printing, uint32_t len, struct text *text)
{
	if (len > printing->strings.len)
		return false;
	*text = (struct text){printing->strings.at, len};
	printing->strings = (struct text){printing->strings.at + len, printing->strings.len - len};
	return true;
}

/* Several keys stand in one text, with a byte 1 between them. */
static bool print_text(struct printing *printing, uint32_t field, const char *sign, uint32_t len)
{
	struct text text, key;
	struct buf *out = printing->out;
	if (!cut_string(printing, len, &text))
		return false;
	if (field == FIELD_KEY) {
		while (text_next(&text, '\1', &key))
			if (key.len > 0)
				buf_print(out, printing->watch ? " -k %.*s" : " -F key=%.*s",
					  TEXT_ARG(key));
	} else if (printing->watch) {
		buf_print(out, "-w %.*s", TEXT_ARG(text));
	} else {
		bool plain = field == FIELD_WATCH || field == FIELD_DIR || field == FIELD_EXE;
		buf_print(out, " -F %s%s%.*s", field_name(field), plain ? "=" : sign,
			  TEXT_ARG(text));
	}
	return true;
}

static void print_perm(struct printing *printing, uint32_t value)
{
	static const struct {
		uint32_t bit;
		char letter;
	} letters[] = {{4, 'r'}, {2, 'w'}, {1, 'x'}, {8, 'a'}};
	buf_cstr(printing->out, printing->watch ? " -p " : " -F perm=");
	for (size_t i = 0; i < array_len(letters); i++)
		if (value & letters[i].bit)
			buf_char(printing->out, letters[i].letter);
}

static const char *value_name(uint32_t field, uint32_t value)
{
	if (field == FIELD_TYPE)
		return audit_type(value);
	if (field == FIELD_FSTYPE)
		return value == 0x74726163 ? "tracefs" : value == 0x64626720 ? "debugfs" : NULL;
	return NULL;
}

static void print_number(struct printing *printing, uint32_t field, const char *sign,
			 uint32_t value)
{
	const char *name = field_name(field), *shown = value_name(field, value);
	struct buf *out = printing->out;
	int32_t number = (int32_t)value;
	const char *error = number < 0 && number > -4096 ? strerrorname_np(-number) : NULL;
	if (!name)
		buf_print(out, " f%d%s%d", (int)field, sign, (int)number);
	else if (shown)
		buf_print(out, " -F %s%s%s", name, sign, shown);
	else if (field == FIELD_INODE)
		buf_print(out, " -F %s%s%u", name, sign, (unsigned)value);
	else if (field >= FIELD_A0 && field <= FIELD_A3)
		buf_print(out, " -F %s%s0x%X", name, sign, (unsigned)value);
	else if (field == FIELD_EXIT && error)
		buf_print(out, " -F %s%s-%s", name, sign, error);
	else
		buf_print(out, " -F %s%s%d", name, sign, (int)number);
}

static bool print_field(struct printing *printing, size_t at)
{
	const struct rule *rule = printing->rule;
	uint32_t field = rule->fields[at], value = rule->values[at];
	const char *sign = operator_of(rule->operators[at]);
	if (field == FIELD_ARCH)
		return true;
	if (has_text(field))
		return print_text(printing, field, sign, value);
	if (field == FIELD_PERM)
		print_perm(printing, value);
	else if (field == FIELD_COMPARE && value > 0 && value < array_len(compared))
		buf_print(printing->out, " -C %s%s%s", compared[value][0], sign,
			  compared[value][1]);
	else
		print_number(printing, field, sign, value);
	return true;
}

static bool has_key(const struct rule *rule, struct text strings, struct text key)
{
	struct printing all = {.rule = rule, .strings = strings};
	struct text text;
	size_t at;
	for (size_t i = 0; i < rule->field_count; i++)
		if (has_text(rule->fields[i]) && cut_string(&all, rule->values[i], &text) &&
		    rule->fields[i] == FIELD_KEY && text_find(text, key, &at))
			return true;
	return false;
}

bool audit_print_rule(struct text body, struct text key, bool *shown, struct buf *out)
{
	struct rule rule;
	if (body.len < sizeof(rule))
		return false;
	memcpy(&rule, body.at, sizeof(rule));
	struct text strings = {body.at + sizeof(rule), body.len - sizeof(rule)};
	if (rule.field_count > FIELDS_MAX || rule.len > strings.len)
		return false;
	strings.len = rule.len;
	*shown = !key.at || has_key(&rule, strings, key);
	struct printing printing = {
		.rule = &rule, .strings = strings, .watch = is_watch(&rule), .out = out};
	if (!*shown)
		return true;
	if (!printing.watch && !print_start(&printing))
		return false;
	for (size_t i = 0; i < rule.field_count; i++)
		if (!print_field(&printing, i))
			return false;
	return true;
}
