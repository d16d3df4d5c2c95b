#include "assess/command/program.h"
#include "assess/command/table.h"
#include "assess/setting/keyvalue.h"

#define FS "/sys/fs/selinux"
#define CONFIG "/etc/selinux/config"

/* What a file of selinuxfs says; at NULL: it isn't there. False: it can't be known. */
static bool read_state(const struct native_call *call, struct native_answer *answer,
		       const char *file, struct text *value)
{
	struct text content, why;
	*value = (struct text){0};
	struct text path = text_of(arena_print(gather_arena(call->gather), FS "/%s", file));
	enum gather_answer read = gather_read(call->gather, path, &content, &why);
	if (read == GATHER_FAILED)
		return !native_fail(answer, why);
	if (read == GATHER_OK)
		*value = arena_text(gather_arena(call->gather), text_trim(content));
	return true;
}

static bool is_ready(const struct native_call *call, struct native_answer *answer,
		     struct text *enforce)
{
	return program_is_here(call, answer) &&
	       program_is_live(call, answer, "what SELinux does") &&
	       read_state(call, answer, "enforce", enforce);
}

static bool answer_getenforce(const struct native_call *call, struct native_answer *answer)
{
	struct text enforce;
	if (call->argc != 1)
		return false;
	if (!call->gather || !is_ready(call, answer, &enforce))
		return true;
	scoped(buf_end) struct buf out = {0}, err = {0};
	buf_cstr(&out, !enforce.at             ? "Disabled\n"
		       : text_is(enforce, "0") ? "Permissive\n"
					       : "Enforcing\n");
	return program_end(call, answer, &out, &err, 0);
}

const struct native native_getenforce = {
	.program = "getenforce",
	.forms = "nothing",
	.reads = FS "/enforce",
	.prints = "Enforcing, Permissive or Disabled",
	.answer = answer_getenforce,
};

static struct text read_setting(const struct native_call *call, const char *key)
{
	struct settings settings = {0};
	struct err err = {0};
	if (!keyvalue_read(call->gather, TEXT(CONFIG), text_of(key), &settings, &err) ||
	    settings.count == 0)
		return (struct text){0};
	return settings.at[settings.count - 1].value;
}

static void add_line(struct buf *out, const char *name, const char *value)
{
	buf_print(out, "%-32s%s\n", name, value);
}

static const char *configured_mode(struct text mode)
{
	static const char *const modes[] = {"enforcing", "permissive", "disabled"};
	for (size_t i = 0; i < array_len(modes); i++)
		if (text_is_alike(mode, text_of(modes[i])))
			return modes[i];
	return "error (Success)";
}

struct state {
	struct text enforce, mls, deny, protect, version;
};

static void print_enabled(const struct native_call *call, const struct state *state,
			  struct buf *out)
{
	struct text type = read_setting(call, "SELINUXTYPE");
	add_line(out, "SELinuxfs mount:", FS);
	add_line(out, "SELinux root directory:", "/etc/selinux");
	add_line(out, "Loaded policy name:", type.at ? type.at : "targeted");
	add_line(out, "Current mode:", text_is(state->enforce, "0") ? "permissive" : "enforcing");
	add_line(out, "Mode from config file:", configured_mode(read_setting(call, "SELINUX")));
	add_line(out, "Policy MLS status:", text_is(state->mls, "1") ? "enabled" : "disabled");
	add_line(out,
		 "Policy deny_unknown status:", text_is(state->deny, "1") ? "denied" : "allowed");
	add_line(out, "Memory protection checking:",
		 text_is(state->protect, "0") ? "actual (secure)" : "requested (insecure)");
	add_line(out, "Max kernel policy version:", state->version.at ? state->version.at : "");
}

static bool answer_sestatus(const struct native_call *call, struct native_answer *answer)
{
	struct state state;
	if (call->argc != 1)
		return false;
	if (!call->gather || !is_ready(call, answer, &state.enforce) ||
	    !read_state(call, answer, "mls", &state.mls) ||
	    !read_state(call, answer, "deny_unknown", &state.deny) ||
	    !read_state(call, answer, "checkreqprot", &state.protect) ||
	    !read_state(call, answer, "policyvers", &state.version))
		return true;
	scoped(buf_end) struct buf out = {0}, err = {0};
	add_line(&out, "SELinux status:", state.enforce.at ? "enabled" : "disabled");
	if (!state.enforce.at)
		return program_end(call, answer, &out, &err, 0);
	print_enabled(call, &state, &out);
	return program_end(call, answer, &out, &err, 0);
}

const struct native native_sestatus = {
	.program = "sestatus",
	.forms = "nothing",
	.reads = FS "; " CONFIG,
	.prints = "whether SELinux is enabled, and its modes",
	.answer = answer_sestatus,
};
