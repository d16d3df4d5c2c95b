#include "assess/probe/system/units.h"
#include "assess/probe/table.h"

enum field {
	FIELD_UNIT,
	FIELD_NAME,
	FIELD_TYPE,
	FIELD_STATE,
	FIELD_ENABLED,
	FIELD_MASKED,
	FIELD_ACTIVE,
	FIELD_USER,
	FIELD_COMMAND,
	FIELD_WANTED_BY,
	FIELD_PATH,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"unit", "the unit's name", "ssh.service", .type = VALUE_TEXT},
	{"name", "its name without the type", "ssh", .type = VALUE_TEXT},
	{"type", "service, socket, timer, mount, path, target, slice …", "service",
	 .type = VALUE_TEXT},
	{"state", "as \"systemctl is-enabled\" says: enabled, disabled, static, masked …",
	 "enabled", .type = VALUE_TEXT},
	{"enabled", "whether links in /etc or /run start it", "true", .type = VALUE_BOOL},
	{"masked", "whether nothing can start it", "false", .type = VALUE_BOOL},
	{"active", "whether it runs now, or is about to", "true", .type = VALUE_BOOL,
	 .costly = true},
	{"user", "of a service: who it runs as", "root", .type = VALUE_TEXT, .costly = true},
	{"command", "of a service: its last ExecStart", "/usr/sbin/sshd -D $SSHD_OPTS",
	 .type = VALUE_TEXT, .costly = true, .words = true},
	{"wanted_by", "the units that pull it in, by links in any folder", "multi-user.target",
	 .type = VALUE_LIST},
	{"path", "its file, or the link that masks it", "/lib/systemd/system/ssh.service",
	 .type = VALUE_TEXT},
};

/* What only a service has. */
static bool put_service(struct rows *rows, const struct unit *unit, struct value *values)
{
	struct text user, command;
	if (call_wants(rows->call, FIELD_USER)) {
		if (!units_read_last(rows, unit, "User", &user))
			return false;
		values[FIELD_USER] = value_text(VALUE_TEXT, user.at ? user : TEXT("root"));
	}
	if (call_wants(rows->call, FIELD_COMMAND)) {
		if (!units_read_last(rows, unit, "ExecStart", &command))
			return false;
		values[FIELD_COMMAND] = value_text(VALUE_TEXT, command);
	}
	return true;
}

static bool add_unit(struct rows *rows, const struct unit *unit)
{
	struct text name = units_short_name(unit->name);
	struct text type = {unit->name.at + name.len + 1, unit->name.len - name.len - 1};
	struct value *values = rows_add(
		rows, (struct evidence){.path = unit->path.at ? unit->path : unit->name,
					.text = text_of(unit->state)});
	if (!values)
		return false;
	values[FIELD_UNIT] = value_text(VALUE_TEXT, unit->name);
	values[FIELD_NAME] = value_text(VALUE_TEXT, name);
	values[FIELD_TYPE] = value_text(VALUE_TEXT, type);
	values[FIELD_STATE] = value_text(VALUE_TEXT, text_of(unit->state));
	values[FIELD_ENABLED] = value_bool(unit->enabled);
	values[FIELD_MASKED] = value_bool(unit->masked);
	values[FIELD_WANTED_BY] = (struct value){
		.type = VALUE_LIST, .list = unit->wanted_by, .count = unit->wanted_count};
	values[FIELD_PATH] = value_text(VALUE_TEXT, unit->path);
	if (call_wants(rows->call, FIELD_ACTIVE) &&
	    !units_put_active(rows, unit, &values[FIELD_ACTIVE]))
		return false;
	bool service = text_is(type, "service") && unit->exists && !unit->masked;
	return !service || put_service(rows, unit, values);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct units units;
	if (!units_read(&rows, NULL, &units))
		return;
	for (size_t i = 0; i < units.count; i++)
		if (!add_unit(&rows, &units.at[i]))
			return;
	rows_give(&rows);
}

const struct probe probe_services = {
	.name = "services",
	.help = "all units of systemd, templates and what runs of them, too: enabled, masked, "
		"active",
	.subject_help = "a query over the units",
	.subject_example = "type:service and enabled:true and not user:root",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.reads = "unit files, links and drop-ins in /etc, /run, /usr/local/lib, /usr/lib and /lib; "
		 "/run/systemd/units for active",
	.privilege = "none",
	.cost = "some hundred small files",
	.run = run,
};
