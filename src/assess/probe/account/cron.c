#include "assess/host/account/crontab.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"

#define FILES_MAX 10000     /* of crontabs and scripts, together */
#define WRITABLE 022u       /* by group or others */
#define EXECUTABLE 0111u    /* by anybody */
#define LINE_SHOWN_MAX 4096 /* bytes of a line that are kept */

enum field {
	FIELD_KIND,
	FIELD_USER,
	FIELD_SCHEDULE,
	FIELD_COMMAND,
	FIELD_NAME,
	FIELD_IGNORED,
	FIELD_MALFORMED,
	FIELD_PATH,
	FIELD_LINE,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"kind",
	 "job (a line of a crontab), script (a file of cron.daily and its like), anacron, "
	 "variable, or malformed",
	 "job", .type = VALUE_TEXT},
	{"user", "who it runs as", "root", .type = VALUE_TEXT},
	{"schedule",
	 "when: five fields, or a word such as @reboot; of a script @hourly, @daily …; of anacron "
	 "days and minutes of delay",
	 "17 * * * *", .type = VALUE_TEXT},
	{"command", "what runs", "/usr/local/bin/backup", .type = VALUE_TEXT, .words = true},
	{"name", "of a variable, of anacron's job, of a script: its name", "MAILTO",
	 .type = VALUE_TEXT},
	{"ignored",
	 "whether cron passes it over: its file's name has a dot or the like (where rpm is: ends "
	 "as a backup does), a script is not executable, or what is cron's alone belongs to "
	 "somebody else or may be written by others",
	 "false", .type = VALUE_BOOL},
	{"malformed", "whether it is no line of crontab(5); cron may pass over the whole file then",
	 "false", .type = VALUE_BOOL},
	{"path", "the file", "/etc/cron.d/backup", .type = VALUE_TEXT},
	{"line", "the line", "17 * * * * root run-parts /etc/cron.hourly", .type = VALUE_TEXT},
};

struct reading {
	struct rows *rows;
	size_t files;
	bool there; /* some place of cron's is */
	bool rpm;   /* cronie, with the run-parts of those who have rpm */
};

static bool fail(struct reading *reading, struct text why)
{
	return answer_fail(reading->rows->gather, reading->rows->answer, why);
}

static struct text join(struct reading *reading, struct text folder, struct text name)
{
	return text_of(arena_print(gather_arena(reading->rows->gather), "%.*s/%.*s",
				   TEXT_ARG(folder), TEXT_ARG(name)));
}

/* -------- crontabs -------- */

struct crontab {
	struct text path;
	enum crontab_form form;
	struct text user; /* at NULL: the line says */
	bool ignored;
};

static bool add_line(struct reading *reading, const struct crontab *crontab, uint64_t number,
		     struct text text)
{
	static const char *const kinds[] = {[CRONTAB_JOB] = "job",
					    [CRONTAB_VARIABLE] = "variable",
					    [CRONTAB_MALFORMED] = "malformed"};
	struct crontab_line line;
	enum crontab_kind kind = crontab_parse(text, crontab->form, &line);
	struct text shown = {text.at, text_cut(text, LINE_SHOWN_MAX)};
	struct value *values = rows_add(reading->rows,
					(struct evidence){crontab->path, number, shown});
	if (!values)
		return false;
	bool job = kind == CRONTAB_JOB, anacron = job && crontab->form == CRONTAB_ANACRON;
	values[FIELD_KIND] = value_text(VALUE_TEXT, text_of(anacron ? "anacron" : kinds[kind]));
	if (job)
		values[FIELD_USER] = value_text(VALUE_TEXT,
						crontab->user.at ? crontab->user : line.user);
	values[FIELD_NAME] = value_text(VALUE_TEXT, line.name);
	if (job)
		values[FIELD_SCHEDULE] = value_text(VALUE_TEXT, line.schedule);
	if (job)
		values[FIELD_COMMAND] = value_text(VALUE_TEXT, line.command);
	values[FIELD_IGNORED] = value_bool(crontab->ignored);
	values[FIELD_MALFORMED] = value_bool(kind == CRONTAB_MALFORMED);
	values[FIELD_PATH] = value_text(VALUE_TEXT, crontab->path);
	values[FIELD_LINE] = value_text(VALUE_TEXT, shown);
	return true;
}

static bool read_crontab(struct reading *reading, const struct crontab *crontab)
{
	struct gather *gather = reading->rows->gather;
	struct text content, why, line;
	if (++reading->files > FILES_MAX)
		return fail(reading, TEXT("cron has more than 10000 files"));
	enum gather_answer answer = gather_read(gather, crontab->path, &content, &why);
	if (answer == GATHER_FAILED)
		return fail(reading, why);
	if (answer == GATHER_MISSING)
		return true;
	reading->there = true;
	if (!rows_keep(reading->rows, &content))
		return false;
	for (uint64_t number = 1; text_next(&content, '\n', &line); number++) {
		line = text_trim(line);
		if (line.len > 0 && line.at[0] != '#' && !add_line(reading, crontab, number, line))
			return false;
	}
	return true;
}

/* -------- folders -------- */

/* Which names run-parts and cron.d take: Debian's are strict; cronie's leave out backups alone. */
static bool is_taken(const struct reading *reading, struct text name)
{
	static const char *const ends[] = {"~",    ".rpmsave", ".rpmorig", ".rpmnew",
					   ".swp", ",v",       ".cfsaved"};
	if (!reading->rpm)
		return crontab_is_script(name);
	for (size_t i = 0; i < array_len(ends); i++)
		if (text_ends(name, ends[i]))
			return false;
	return name.len > 0 && name.at[0] != '.' && name.at[0] != '#';
}

static bool has_rpm(struct gather *gather)
{
	static const char *const paths[] = {"/var/lib/rpm", "/usr/lib/sysimage/rpm"};
	struct gather_stat stat;
	struct text why;
	for (size_t i = 0; i < array_len(paths); i++)
		if (gather_stat(gather, text_of(paths[i]), true, &stat, &why) == GATHER_OK)
			return true;
	return false;
}

/* Whether cron trusts what is root's: nobody else may have written it. *there: it is. */
static bool look_at(struct reading *reading, struct text path, struct gather_stat *stat,
		    bool *there)
{
	struct text why;
	enum gather_answer answer = gather_stat(reading->rows->gather, path, true, stat, &why);
	*there = answer == GATHER_OK;
	return answer != GATHER_FAILED || fail(reading, why);
}

static bool list(struct reading *reading, const char *folder, const struct gather_entry **entries,
		 size_t *count)
{
	struct text why;
	enum gather_answer answer = gather_list(reading->rows->gather, text_of(folder), entries,
						count, &why);
	if (answer == GATHER_FAILED)
		return fail(reading, why);
	if (answer == GATHER_MISSING)
		*count = 0;
	reading->there |= answer == GATHER_OK;
	return true;
}

static bool read_cron_d(struct reading *reading)
{
	const struct gather_entry *entries;
	size_t count;
	if (!list(reading, "/etc/cron.d", &entries, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct crontab crontab = {
			.form = CRONTAB_SYSTEM,
			.path = join(reading, TEXT("/etc/cron.d"), entries[i].name)};
		struct gather_stat stat;
		bool there;
		if (!look_at(reading, crontab.path, &stat, &there))
			return false;
		if (!there || stat.kind == GATHER_FOLDER ||
		    text_is(entries[i].name, ".placeholder"))
			continue;
		crontab.ignored = !is_taken(reading, entries[i].name) || stat.uid != 0 ||
				  stat.mode & WRITABLE;
		if (!read_crontab(reading, &crontab))
			return false;
	}
	return true;
}

static bool add_script(struct reading *reading, struct text path, struct text name,
		       const char *schedule, bool ignored)
{
	struct value *values = rows_add(reading->rows, (struct evidence){.path = path});
	if (!values)
		return false;
	values[FIELD_KIND] = value_text(VALUE_TEXT, TEXT("script"));
	values[FIELD_USER] = value_text(VALUE_TEXT, TEXT("root"));
	values[FIELD_SCHEDULE] = value_text(VALUE_TEXT, text_of(schedule));
	values[FIELD_COMMAND] = values[FIELD_PATH] = value_text(VALUE_TEXT, path);
	values[FIELD_NAME] = value_text(VALUE_TEXT, name);
	values[FIELD_IGNORED] = value_bool(ignored);
	values[FIELD_MALFORMED] = value_bool(false);
	return true;
}

static bool read_scripts(struct reading *reading, const char *folder, const char *schedule)
{
	const struct gather_entry *entries;
	size_t count;
	if (!list(reading, folder, &entries, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct text path = join(reading, text_of(folder), entries[i].name);
		struct gather_stat stat;
		bool there;
		if (++reading->files > FILES_MAX)
			return fail(reading, TEXT("cron has more than 10000 files"));
		if (!look_at(reading, path, &stat, &there))
			return false;
		if (!there || stat.kind == GATHER_FOLDER ||
		    text_is(entries[i].name, ".placeholder"))
			continue;
		bool ignored = !is_taken(reading, entries[i].name) || !(stat.mode & EXECUTABLE);
		if (!add_script(reading, path, entries[i].name, schedule, ignored))
			return false;
	}
	return true;
}

/* Debian's, SUSE's, and others': files with the names of their users. */
static bool read_spool(struct reading *reading)
{
	static const char *const folders[] = {"/var/spool/cron/crontabs", "/var/spool/cron/tabs",
					      "/var/spool/cron"};
	for (size_t i = 0; i < array_len(folders); i++) {
		const struct gather_entry *entries;
		size_t count;
		if (!list(reading, folders[i], &entries, &count))
			return false;
		for (size_t j = 0; j < count; j++) {
			struct crontab crontab = {
				.form = CRONTAB_USER,
				.user = entries[j].name,
				.path = join(reading, text_of(folders[i]), entries[j].name)};
			struct gather_stat stat;
			bool there;
			if (!look_at(reading, crontab.path, &stat, &there))
				return false;
			if (there && stat.kind != GATHER_FOLDER && !read_crontab(reading, &crontab))
				return false;
		}
	}
	return true;
}

static bool read_all(struct reading *reading)
{
	static const struct {
		const char *folder, *schedule;
	} scripts[] = {{"/etc/cron.hourly", "@hourly"},
		       {"/etc/cron.daily", "@daily"},
		       {"/etc/cron.weekly", "@weekly"},
		       {"/etc/cron.monthly", "@monthly"},
		       {"/etc/cron.yearly", "@yearly"}};
	const struct crontab system = {.path = TEXT("/etc/crontab"), .form = CRONTAB_SYSTEM};
	const struct crontab anacron = {
		.path = TEXT("/etc/anacrontab"), .form = CRONTAB_ANACRON, .user = TEXT("root")};
	if (!read_crontab(reading, &system) || !read_crontab(reading, &anacron) ||
	    !read_cron_d(reading))
		return false;
	for (size_t i = 0; i < array_len(scripts); i++)
		if (!read_scripts(reading, scripts[i].folder, scripts[i].schedule))
			return false;
	return read_spool(reading);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct reading reading = {.rows = &rows, .rpm = has_rpm(gather)};
	if (!read_all(&reading))
		return;
	if (!reading.there)
		answer_skip(gather, answer,
			    TEXT("cron is not set up here: there is no /etc/crontab, cron.d or "
				 "spool"));
	else
		rows_give(&rows);
}

const struct probe probe_cron = {
	.name = "cron",
	.help = "what cron and anacron start: lines of all crontabs, scripts of cron.daily and its "
		"like",
	.subject_help = "a query over the rows",
	.subject_example = "user:root and command:*/tmp/*",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.reads = "/etc/crontab, /etc/cron.d, /etc/cron.{hourly,daily,weekly,monthly,yearly}, "
		 "/etc/anacrontab, /var/spool/cron",
	.privilege = "root: users' crontabs are closed to others",
	.cost = "some dozen small files",
	.run = run,
};
