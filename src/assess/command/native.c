#include "assess/command/native.h"

#include "assess/command/table.h"

/* One a line, by name. */
/* clang-format off */
const struct native *const natives[] = {
	&native_aa_status,
	&native_apparmor_status,
	&native_auditctl,
	&native_augenrules,
	&native_awk,
	&native_basename,
	&native_bash,
	&native_bracket,
	&native_cat,
	&native_chage,
	&native_crontab,
	&native_cut,
	&native_dirname,
	&native_dpkg,
	&native_dpkg_query,
	&native_echo,
	&native_egrep,
	&native_false,
	&native_fgrep,
	&native_find,
	&native_findmnt,
	&native_gawk,
	&native_getenforce,
	&native_getent,
	&native_grep,
	&native_groups,
	&native_head,
	&native_hostname,
	&native_id,
	&native_ip6tables,
	&native_iptables,
	&native_journalctl,
	&native_ls,
	&native_lsmod,
	&native_mawk,
	&native_modprobe,
	&native_mount,
	&native_netstat,
	&native_nft,
	&native_passwd,
	&native_printf,
	&native_ps,
	&native_readlink,
	&native_realpath,
	&native_rpm,
	&native_sestatus,
	&native_sh,
	&native_sort,
	&native_ss,
	&native_sshd,
	&native_stat,
	&native_sysctl,
	&native_systemctl,
	&native_tail,
	&native_test,
	&native_timedatectl,
	&native_tr,
	&native_true,
	&native_ufw,
	&native_uname,
	&native_uniq,
	&native_useradd,
	&native_wc,
	&native_which,
	&native_xargs,
	NULL,
};
/* clang-format on */

static struct text program_of(struct text word)
{
	size_t from = word.len;
	while (from > 0 && word.at[from - 1] != '/')
		from--;
	return (struct text){word.at + from, word.len - from};
}

/* By its last path component; NULL: nothing here knows it. */
static const struct native *find(struct text word)
{
	struct text program = program_of(word);
	for (size_t i = 0; natives[i]; i++)
		if (text_is(program, natives[i]->program))
			return natives[i];
	return NULL;
}

bool native_asks(const struct text *argv, size_t argc)
{
	const struct native *native = argc > 0 ? find(argv[0]) : NULL;
	return native && native->asks;
}

bool native_run(const struct native_call *call, struct native_answer *answer)
{
	must(call->argc > 0 && call->argc <= NATIVE_WORDS_MAX);
	const struct native *native = find(call->argv[0]);
	*answer = (struct native_answer){.outcome = NATIVE_PRINTED};
	return native && (native->many || call->argc <= NATIVE_ARGS_MAX) &&
	       native->answer(call, answer);
}

bool native_knows(const struct text *argv, size_t argc)
{
	struct native_answer answer;
	struct native_call call = {.argv = argv, .argc = argc};
	return native_run(&call, &answer);
}

bool native_print(const struct native_call *call, struct native_answer *answer,
		  const struct buf *out)
{
	if (out->len > NATIVE_PRINTED_MAX) {
		native_fail(answer, TEXT("it would print more than 16 MiB"));
		return false;
	}
	answer->out = arena_text(gather_arena(call->gather), buf_view(out));
	return true;
}

bool native_skip(struct native_answer *answer, struct text reason)
{
	answer->outcome = NATIVE_NOT_APPLICABLE;
	answer->reason = reason;
	return true;
}

bool native_fail(struct native_answer *answer, struct text reason)
{
	answer->outcome = NATIVE_ERROR;
	answer->reason = reason;
	return true;
}

bool native_installed(const struct native_call *call, const char *const *paths,
		      struct native_answer *answer)
{
	for (size_t i = 0; paths[i]; i++) {
		struct gather_stat stat;
		struct text why;
		if (gather_stat(call->gather, text_of(paths[i]), true, &stat, &why) == GATHER_OK)
			return true;
	}
	scoped(buf_end) struct buf out = {0};
	buf_print(&out, "%.*s is not installed", (int)call->argv[0].len, call->argv[0].at);
	answer->outcome = NATIVE_NO_PROGRAM;
	answer->reason = arena_text(gather_arena(call->gather), buf_view(&out));
	return false;
}
