#include "assess/probe/network/owner.h"

#include "assess/probe/account.h"

bool owner_is_wanted(const struct probe_call *call, const struct owner_fields *fields)
{
	return call_wants(call, fields->process) || call_wants(call, fields->pid) ||
	       call_wants(call, fields->exe) || call_wants(call, fields->hidden);
}

bool owner_read(struct rows *rows, const struct owner_fields *fields,
		const struct holders **holders)
{
	struct text why;
	*holders = NULL;
	return !owner_is_wanted(rows->call, fields) ||
	       holder_read(rows->gather, holders, &why) == GATHER_OK ||
	       answer_fail(rows->gather, rows->answer, why);
}

static bool hide(struct rows *rows, const struct owner_fields *fields, struct value *values,
		 struct text why)
{
	values[fields->hidden] = value_bool(true);
	return call_wants(rows->call, fields->hidden) ||
	       answer_fail(rows->gather, rows->answer, why);
}

void owner_put_user(struct rows *rows, uint32_t uid, const struct owner_fields *fields,
		    struct value *values)
{
	values[fields->user] = value_text(VALUE_TEXT, account_user(rows->gather, uid));
	values[fields->uid] = value_number(VALUE_INT, uid);
}

bool owner_put(struct rows *rows, const struct holders *holders, uint64_t inode,
	       const struct owner_fields *fields, struct value *values)
{
	struct text exe, why;
	enum gather_answer answer = GATHER_MISSING;
	if (inode != 0)
		values[fields->inode] = value_number(VALUE_INT, (int64_t)inode);
	if (!holders)
		return true;
	const struct process *process = holder_find(holders, inode);
	values[fields->hidden] = value_bool(false);
	if (!process)
		return inode == 0 || !holder_hidden(holders).at ||
		       hide(rows, fields, values, holder_hidden(holders));
	values[fields->process] = value_text(VALUE_TEXT, process->name);
	values[fields->pid] = value_number(VALUE_INT, process->pid);
	if (call_wants(rows->call, fields->exe))
		answer = process_exe(rows->gather, process, &exe, &why);
	if (answer == GATHER_OK)
		values[fields->exe] = value_text(VALUE_TEXT, exe);
	return answer != GATHER_FAILED || hide(rows, fields, values, why);
}
