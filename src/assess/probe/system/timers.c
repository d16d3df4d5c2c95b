#include "assess/probe/system/units.h"
#include "assess/probe/table.h"

enum field {
	FIELD_UNIT,
	FIELD_NAME,
	FIELD_ENABLED,
	FIELD_ACTIVE,
	FIELD_STATE,
	FIELD_SCHEDULE,
	FIELD_ACTIVATES,
	FIELD_COMMAND,
	FIELD_USER,
	FIELD_PERSISTENT,
	FIELD_PATH,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"unit", "the timer's name", "logrotate.timer", .type = VALUE_TEXT},
	{"name", "its name without the type", "logrotate", .type = VALUE_TEXT},
	{"enabled", "whether links in /etc or /run start it", "true", .type = VALUE_BOOL},
	{"active", "whether it runs now", "true", .type = VALUE_BOOL, .costly = true},
	{"state", "as \"systemctl is-enabled\" says: enabled, disabled, static, masked …",
	 "enabled", .type = VALUE_TEXT},
	{"schedule", "its settings of when: OnCalendar=daily, OnBootSec=15min …",
	 "OnCalendar=daily", .type = VALUE_LIST},
	{"activates", "the unit that it starts", "logrotate.service", .type = VALUE_TEXT},
	{"command", "the last ExecStart of that unit", "/usr/sbin/logrotate /etc/logrotate.conf",
	 .type = VALUE_TEXT, .costly = true, .words = true},
	{"user", "who that unit runs as", "root", .type = VALUE_TEXT, .costly = true},
	{"persistent", "whether what was missed is done at the next start", "true",
	 .type = VALUE_BOOL},
	{"path", "its file, or the link that masks it", "/lib/systemd/system/logrotate.timer",
	 .type = VALUE_TEXT},
};

#define TIMES_MAX 1000 /* of one timer */

static bool put_schedule(struct rows *rows, const struct unit *unit, struct value *value)
{
	static const char *const keys[] = {"OnCalendar",  "OnBootSec",       "OnStartupSec",
					   "OnActiveSec", "OnUnitActiveSec", "OnUnitInactiveSec"};
	struct arena *arena = gather_arena(rows->gather);
	struct text *list = NULL;
	size_t room = 0, count = 0;
	for (size_t i = 0; i < array_len(keys); i++) {
		struct settings settings = {0};
		struct err err = {0};
		if (!unit_read(rows->gather, unit, "Timer", text_of(keys[i]), &settings, &err))
			return answer_fail(rows->gather, rows->answer, text_of(err.text));
		for (size_t j = 0; j < settings.count && count < TIMES_MAX; j++) {
			list = arena_grow(arena, list, &room, count + 1, sizeof(*list));
			list[count++] = text_of(arena_print(arena, "%s=%.*s", keys[i],
							    TEXT_ARG(settings.at[j].value)));
		}
	}
	*value = (struct value){.type = VALUE_LIST, .list = list, .count = count};
	return true;
}

static bool put_activated(struct rows *rows, struct text name, struct value *values)
{
	struct unit unit;
	struct err err = {0};
	struct text known, command, user;
	if (!call_wants(rows->call, FIELD_COMMAND) && !call_wants(rows->call, FIELD_USER))
		return true;
	if (!unit_name(rows->gather, name, &known)) /* it starts nothing, then */
		return true;
	if (!unit_find(rows->gather, known, &unit, &err))
		return answer_fail(rows->gather, rows->answer, text_of(err.text));
	if (!unit.exists || unit.masked)
		return true;
	if (!units_read_last(rows, &unit, "ExecStart", &command) ||
	    !units_read_last(rows, &unit, "User", &user))
		return false;
	values[FIELD_COMMAND] = value_text(VALUE_TEXT, command);
	values[FIELD_USER] = value_text(VALUE_TEXT, user.at ? user : TEXT("root"));
	return true;
}

static bool add_timer(struct rows *rows, const struct unit *unit)
{
	struct text name = units_short_name(unit->name), activates, persistent;
	struct value *values = rows_add(
		rows, (struct evidence){.path = unit->path.at ? unit->path : unit->name,
					.text = text_of(unit->state)});
	if (!values || !units_read_last(rows, unit, "Unit", &activates) ||
	    !units_read_last(rows, unit, "Persistent", &persistent) ||
	    !put_schedule(rows, unit, &values[FIELD_SCHEDULE]))
		return false;
	if (!activates.at)
		activates = text_of(
			arena_print(gather_arena(rows->gather), "%.*s.service", TEXT_ARG(name)));
	values[FIELD_UNIT] = value_text(VALUE_TEXT, unit->name);
	values[FIELD_NAME] = value_text(VALUE_TEXT, name);
	values[FIELD_ENABLED] = value_bool(unit->enabled);
	values[FIELD_STATE] = value_text(VALUE_TEXT, text_of(unit->state));
	values[FIELD_ACTIVATES] = value_text(VALUE_TEXT, activates);
	struct value truth = {0};
	values[FIELD_PERSISTENT] = value_bool(value_read(VALUE_BOOL, persistent, &truth) &&
					      truth.number);
	values[FIELD_PATH] = value_text(VALUE_TEXT, unit->path);
	if (call_wants(rows->call, FIELD_ACTIVE) &&
	    !units_put_active(rows, unit, &values[FIELD_ACTIVE]))
		return false;
	return put_activated(rows, activates, values);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct units units;
	if (!units_read(&rows, ".timer", &units))
		return;
	for (size_t i = 0; i < units.count; i++)
		if (!add_timer(&rows, &units.at[i]))
			return;
	rows_give(&rows);
}

const struct probe probe_timers = {
	.name = "timers",
	.help = "timers of systemd: when they start which unit, and whether they are enabled",
	.subject_help = "a query over the timers",
	.subject_example = "name:logrotate and enabled:true",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.reads = "unit files, links and drop-ins in /etc, /run, /usr/local/lib, /usr/lib and /lib; "
		 "/run/systemd/units for active",
	.privilege = "none",
	.cost = "some hundred small files",
	.run = run,
};
