#include "assess/probe/answer.h"
#include "assess/probe/table.h"
#include "assess/setting/keyvalue.h"

#define FS "/sys/fs/selinux"
#define CONFIG "/etc/selinux/config"

enum field {
	FIELD_VALUE,
	FIELD_MODE,
	FIELD_CONFIGURED,
	FIELD_POLICY,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"value", "what the subject says", "enforcing", .type = VALUE_TEXT, .subject = true},
	{"mode", "of the running kernel: enforcing, permissive or disabled; nothing under --root",
	 "enforcing", .type = VALUE_TEXT},
	{"configured", "the mode at the next start: SELINUX of " CONFIG, "enforcing",
	 .type = VALUE_TEXT},
	{"policy", "its policy: SELINUXTYPE of " CONFIG, "targeted", .type = VALUE_TEXT},
};

/* Each subject is a field of this name. */
static const struct {
	const char *name;
	enum field field;
} subjects[] = {{"mode", FIELD_MODE}, {"configured", FIELD_CONFIGURED}, {"policy", FIELD_POLICY}};

static bool read_setting(struct rows *rows, const char *key, struct value *value, bool *there)
{
	struct settings settings = {0};
	struct err err = {0};
	if (!keyvalue_read(rows->gather, TEXT(CONFIG), text_of(key), &settings, &err))
		return answer_fail(rows->gather, rows->answer, text_of(err.text));
	*there |= !settings.missing.at;
	if (settings.count > 0)
		*value = value_text(VALUE_TEXT, settings.at[settings.count - 1].value);
	value->caseless = true; /* libselinux compares so */
	return true;
}

/* Where selinuxfs is not mounted, the kernel runs without. */
static bool read_mode(struct rows *rows, struct value *value, bool *there)
{
	struct text content, why;
	if (!gather_is_running(rows->gather))
		return true;
	enum gather_answer answer = gather_read(rows->gather, TEXT(FS "/enforce"), &content, &why);
	if (answer == GATHER_FAILED)
		return answer_fail(rows->gather, rows->answer, why);
	if (answer == GATHER_MISSING) {
		*value = value_text(VALUE_TEXT, TEXT("disabled"));
		return true;
	}
	*there = true;
	content = text_trim(content);
	if (!text_is(content, "0") && !text_is(content, "1"))
		return answer_fail(rows->gather, rows->answer,
				   TEXT(FS "/enforce is neither 0 nor 1"));
	*value = value_text(VALUE_TEXT,
			    content.at[0] == '1' ? TEXT("enforcing") : TEXT("permissive"));
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct value found[FIELD_COUNT] = {{0}};
	bool there = false, mode = text_is(call->subject, "mode");
	if (!read_mode(&rows, &found[FIELD_MODE], &there) ||
	    !read_setting(&rows, "SELINUX", &found[FIELD_CONFIGURED], &there) ||
	    !read_setting(&rows, "SELINUXTYPE", &found[FIELD_POLICY], &there))
		return;
	if (!there) {
		answer_skip(gather, answer,
			    TEXT("there is no SELinux here: neither " FS " nor " CONFIG));
		return;
	}
	if (mode && !gather_is_running(gather)) {
		answer_skip(gather, answer,
			    TEXT("SELinux' mode needs a running system; see configured"));
		return;
	}
	struct value *values = rows_add(
		&rows, (struct evidence){.path = mode ? TEXT(FS "/enforce") : TEXT(CONFIG)});
	if (!values)
		return;
	for (size_t i = 0; i < array_len(subjects); i++) {
		values[subjects[i].field] = found[subjects[i].field];
		if (text_is(call->subject, subjects[i].name))
			values[FIELD_VALUE] = found[subjects[i].field];
	}
	rows.at[0].where.text = values[FIELD_VALUE].text;
	rows_give(&rows);
}

static bool check(const struct probe_call *call, struct err *err)
{
	for (size_t i = 0; i < array_len(subjects); i++)
		if (text_is(call->subject, subjects[i].name))
			return true;
	return err_set(err, ERR_INPUT, "say which: mode, configured or policy");
}

const struct probe probe_selinux = {
	.name = "selinux",
	.help = "SELinux: the mode of the running kernel, and what is configured",
	.subject_help = "mode, configured or policy",
	.subject_example = "mode",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.reads = FS "/enforce, " CONFIG,
	.privilege = "none",
	.cost = "two small files",
	.check = check,
	.run = run,
};
