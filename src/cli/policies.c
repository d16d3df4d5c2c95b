#include "cli/policies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/file.h"

struct search {
	struct policies_set *set;
	struct file_root *root;
	bool full;
};

static void end_search(struct search *search)
{
	file_root_free(&search->root);
}

static void fail(struct policies_set *set, int status)
{
	set->status = status > set->status ? status : set->status;
}

static void say_unread(struct policies_set *set, const char *path, const struct err *err)
{
	scoped(buf_end) struct buf shown = {0};
	buf_printable(&shown, text_of(path), 400);
	command_say("cannot read policy, %s: %s", shown.at ? shown.at : "\"\"", err->text);
	fail(set, err->kind == ERR_INPUT || err->kind == ERR_LIMIT ? 2 : err_exit(err));
}

static void add_file(struct search *search, const char *shown, const char *path, bool found)
{
	struct policies_set *set = search->set;
	struct err err = {0};
	scoped(buf_end) struct buf text = {0};
	enum file_answer answer = file_read(search->root, path, DOC_BYTES_MAX, &text, &err);
	if (answer == FILE_MISSING)
		err_set(&err, ERR_INPUT, "there is no such file");
	if (answer != FILE_OK) {
		say_unread(set, shown, &err);
		return;
	}
	if (found && policy_format(buf_view(&text)) == POLICY_NONE)
		return;
	if (set->count == POLICIES_FILES_MAX) {
		search->full = true;
		return;
	}
	set->files = mem_grow(set->files, &set->room, set->count + 1, sizeof(*set->files));
	struct policies_file *file = &set->files[set->count++];
	file->arena = arena_new(POLICY_ARENA_MAX + DOC_BYTES_MAX + 4096);
	file->path = arena_cstr(file->arena, shown);
	file->text = arena_text(file->arena, buf_view(&text));
	file->found = found;
	file->findings.arena = file->arena;
}

/* -------- folders -------- */

struct names {
	char **at;
	size_t count, room;
};

static void end_names(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		mem_free(&names->at[i]);
	mem_free(&names->at);
}

static bool keep_name(void *data, struct text name, enum file_kind kind)
{
	struct names *names = data;
	(void)kind;
	if (name.len > 0 && name.at[0] == '.')
		return true;
	names->at = mem_grow(names->at, &names->room, names->count + 1, sizeof(*names->at));
	names->at[names->count++] = mem_copy(name.at, name.len);
	return true;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_policy_name(const char *name)
{
	static const char *const endings[] = {".yaml", ".yml", ".json", ".xml"};
	for (size_t i = 0; i < array_len(endings); i++)
		if (text_ends(text_of(name), endings[i]))
			return true;
	return false;
}

static void add_folder(struct search *search, const char *shown, const char *path, unsigned depth)
{
	scoped(end_names) struct names names = {0};
	struct err err = {0};
	if (file_list(search->root, path, keep_name, &names, &err) == FILE_FAILED) {
		say_unread(search->set, shown, &err);
		return;
	}
	if (names.count > 0)
		qsort(names.at, names.count, sizeof(*names.at), compare_names);
	for (size_t i = 0; i < names.count && !search->full; i++) {
		scoped(buf_end) struct buf below = {0}, below_shown = {0};
		struct file_stat stat;
		buf_print(&below, "%s/%s", path, names.at[i]);
		buf_print(&below_shown, "%s%s%s", shown, text_ends(text_of(shown), "/") ? "" : "/",
			  names.at[i]);
		if (file_stat(search->root, below.at, true, &stat, &err) != FILE_OK)
			continue;
		if (stat.kind == FILE_FOLDER && depth < POLICIES_DEPTH_MAX)
			add_folder(search, below_shown.at, below.at, depth + 1);
		else if (stat.kind == FILE_REGULAR && is_policy_name(names.at[i]))
			add_file(search, below_shown.at, below.at, true);
	}
}

static void add_named(struct search *search, const char *name)
{
	struct err err = {0};
	struct file_stat stat = {0};
	char *path = realpath(name, NULL);
	int number = errno;
	if (!path && number == ENOENT) {
		err_set(&err, ERR_INPUT, "there is no such file or folder");
		say_unread(search->set, name, &err);
		return;
	}
	if (!path) {
		err_set(&err, number == EACCES ? ERR_REFUSED : ERR_SYSTEM, "%s",
			strerrordesc_np(number));
		say_unread(search->set, name, &err);
		return;
	}
	size_t before = search->set->count;
	if (file_stat(search->root, path, true, &stat, &err) == FILE_OK &&
	    stat.kind == FILE_FOLDER) {
		add_folder(search, name, path, 0);
		if (search->set->count == before && search->set->status == 0) {
			err_set(&err, ERR_INPUT, "no policy is in this folder");
			say_unread(search->set, name, &err);
		}
	} else {
		add_file(search, name, path, false);
	}
	mem_free(&path);
}

/* Where none is named: the baseline. */
static void add_installed(struct search *search, const char *folder)
{
	struct err err = {0};
	struct file_stat stat;
	char *path = realpath(folder, NULL);
	bool there = path && file_stat(search->root, path, true, &stat, &err) == FILE_OK;
	mem_free(&path);
	if (there) {
		add_named(search, folder);
		return;
	}
	scoped(buf_end) struct buf shown = {0};
	buf_printable(&shown, text_of(folder), 400);
	command_say("no policies are installed in %s; name a policy", shown.at);
	fail(search->set, 2);
}

void policies_read(struct policies_set *set, const struct program *program, char **names,
		   size_t count)
{
	struct err err = {0};
	scoped(end_search) struct search search = {.set = set, .root = file_root_open("/", &err)};
	if (!search.root) {
		fail(set, command_fail(&err));
		return;
	}
	for (size_t i = 0; i < count && !search.full; i++)
		add_named(&search, names[i]);
	if (count == 0)
		add_installed(&search, program->policies);
	if (search.full) {
		command_say("more than %d files of policies; name fewer", POLICIES_FILES_MAX);
		fail(set, 2);
	}
}

/* -------- loading -------- */

/* False: a check of the file is in another one already, and the finding says so. */
static bool check_refs(struct policies_set *set, struct map *seen, struct policies_file *file)
{
	for (size_t i = file->first; i < set->policies.count; i++) {
		const struct policy *policy = &set->policies.list[i];
		for (size_t j = 0; j < policy->check_count; j++) {
			const struct check *check = &policy->checks[j];
			struct text key = text_of(
				arena_print(file->arena, "%.*s/%.*s/%.*s", TEXT_ARG(policy->name),
					    TEXT_ARG(check->ref), TEXT_ARG(check->part)));
			const struct policies_file *before = map_get(seen, key);
			if (!before || before == file)
				continue;
			findings_add(
				&file->findings, false, check->line, check->column,
				"%.*s/%.*s is a check of %s already; give one of them another ref",
				TEXT_ARG(policy->name), TEXT_ARG(check->ref), before->path);
			return false;
		}
	}
	return true;
}

static void note_refs(struct policies_set *set, struct map *seen, struct policies_file *file)
{
	for (size_t i = file->first; i < set->policies.count; i++) {
		const struct policy *policy = &set->policies.list[i];
		for (size_t j = 0; j < policy->check_count; j++) {
			const struct check *check = &policy->checks[j];
			map_put(seen,
				text_of(arena_print(file->arena, "%.*s/%.*s/%.*s",
						    TEXT_ARG(policy->name), TEXT_ARG(check->ref),
						    TEXT_ARG(check->part))),
				file);
		}
	}
}

void policies_load(struct policies_set *set)
{
	scoped(map_free) struct map *seen = map_new();
	for (size_t i = 0; i < set->count; i++) {
		struct policies_file *file = &set->files[i];
		file->first = set->policies.count;
		if (policy_load(file->text, file->arena, &set->policies, &file->findings) &&
		    check_refs(set, seen, file)) {
			note_refs(set, seen, file);
		} else {
			set->policies.count = file->first;
			fail(set, 2);
		}
		file->count = set->policies.count - file->first;
	}
}

void policies_say_errors(const struct policies_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct findings *findings = &set->files[i].findings;
		for (size_t j = 0; j < findings->count; j++)
			if (!findings->list[j].warning)
				command_say("cannot read policy, %s:%u:%u: %.*s",
					    set->files[i].path, findings->list[j].line,
					    findings->list[j].column,
					    TEXT_ARG(findings->list[j].what));
		if (findings->errors > 0 && findings->errors + findings->warnings > findings->count)
			command_say("%s has further findings; mend these first",
				    set->files[i].path);
	}
}

void policies_put_place(struct arena *arena, const struct policy *policy, const struct check *check,
			struct report_place *place)
{
	size_t count = 0, at = 0;
	for (size_t i = 0; i < check->framework_count; i++)
		count += check->frameworks[i].count;
	struct tag *frameworks = arena_get(arena, count, sizeof(*frameworks));
	for (size_t i = 0; i < check->framework_count; i++)
		for (size_t j = 0; j < check->frameworks[i].count; j++)
			frameworks[at++] = (struct tag){check->frameworks[i].key,
							check->frameworks[i].ids[j]};
	place->statement = policy_statement(policy, check);
	place->rationale = check->rationale;
	place->remediation = check->remediation;
	place->frameworks = frameworks;
	place->framework_count = count;
}

void policies_set_end(struct policies_set *set)
{
	policies_end(&set->policies);
	for (size_t i = 0; i < set->count; i++)
		arena_free(&set->files[i].arena);
	mem_free(&set->files);
}

static bool has_ref(const struct policies_set *set, const char *ref)
{
	for (size_t i = 0; i < set->policies.count; i++)
		for (size_t j = 0; j < set->policies.list[i].check_count; j++)
			if (text_is(set->policies.list[i].checks[j].ref, ref))
				return true;
	return false;
}

int policies_want(const struct policies_set *set, const struct option_list *only)
{
	int status = 0;
	for (size_t i = 0; i < only->count; i++) {
		if (has_ref(set, only->at[i]))
			continue;
		scoped(buf_end) struct buf shown = {0};
		buf_printable(&shown, text_of(only->at[i]), 100);
		command_say("no check has the ref \"%s\"; --only wants one that the policies have",
			    shown.at ? shown.at : "");
		status = 2;
	}
	return status;
}
