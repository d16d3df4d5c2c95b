#include "os/watch/names.h"

#include <string.h>

#include "base/mem.h"
#include "os/watch/look/look.h"

void names_init(struct names *names, const struct file_root *root, struct hooks *hooks)
{
	*names = (struct names){.root = root,
				.hooks = hooks,
				.free = NAMES_NONE,
				.free_place = NAMES_NONE,
				.slot_count = 64,
				.place_ids = map_new()};
	names->slots = mem_new(names->slot_count, sizeof(*names->slots));
	live_open(&names->live, root);
}

void names_end(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		mem_free(&names->at[i].path);
	for (size_t i = 0; i < names->place_count; i++) {
		mem_free(&names->places[i].path);
		mem_free(&names->places[i].real);
	}
	mem_free(&names->at);
	mem_free(&names->places);
	mem_free(&names->slots);
	map_free(&names->place_ids);
	live_close(&names->live);
}

/* -------- where they lead -------- */

static struct trace begin_trace(const struct names *names, uint32_t owner, uint32_t *first)
{
	return (struct trace){.root = names->root,
			      .hooks = names->hooks,
			      .owner = owner,
			      .first = first,
			      .print = 0xcbf29ce484222325u};
}

static void trace_place(struct names *names, uint32_t number)
{
	struct place *place = &names->places[number];
	uint32_t before = place->hooks;
	place->hooks = 0;
	scoped(trace_end) struct trace trace = begin_trace(names, NAMES_PLACE | number,
							   &place->hooks);
	trace_path(&trace, place->path, false);
	hooks_drop(names->hooks, &before);
	bool is_folder = trace.end == TRACE_FOLDER;
	mem_free(&place->real);
	place->real = is_folder ? mem_copy(trace.real.at, trace.real.len) : NULL;
	place->wd = is_folder ? trace.wd : -1;
	place->blind = trace.blind;
	place->print = trace.print;
	place->stale = false;
}

static struct text last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return text_of(slash + 1);
}

static void trace_in_place(struct names *names, const struct name *name, struct trace *trace)
{
	struct place *place = &names->places[name->place];
	if (place->stale)
		trace_place(names, name->place);
	trace->blind = place->blind;
	trace->print = place->print;
	if (place->real)
		trace_name(trace, text_of(place->real), place->wd, last_part(name->path));
}

static uint64_t look(const struct names *names, const struct name *name)
{
	if (name->kind == NAME_PATH)
		return look_path(names->root, name->path);
	scoped(mem_free) char *start = mem_copy(name->path, strlen(name->path) - 3);
	return look_tree(names->root, start[0] ? start : "/");
}

static void trace_hooks(struct names *names, uint32_t id, struct trace *trace)
{
	struct name *name = &names->at[id];
	if (name->kind == NAME_TREE) {
		scoped(mem_free) char *start = mem_copy(name->path, strlen(name->path) - 3);
		trace_tree(trace, start[0] ? start : "/");
	} else if (name->place != NAMES_NONE) {
		trace_in_place(names, name, trace);
	} else {
		trace_path(trace, name->path, true);
	}
}

/* The kernel's files come, go and are made anew under their names without an event: where one looks
 * otherwise, its hook may be on another by now. */
static void forget_way(struct names *names, struct name *name)
{
	name->stale = true;
	if (name->place != NAMES_NONE && names->places[name->place].blind == TRACE_KERNEL)
		names->places[name->place].stale = true;
}

static bool look_live(const struct names *names, struct name *name)
{
	uint64_t print = 0;
	const struct live_kind *kind = live_kind((size_t)name->kind - NAME_LIVE);
	bool looks = kind->look && kind->look(&names->live, &print);
	bool changed = looks && print != name->print;
	name->blind = looks || !kind->look ? TRACE_SEES : TRACE_REFUSED;
	name->print = looks ? print : name->print;
	name->stale = false;
	return changed;
}

bool names_trace(struct names *names, uint32_t id)
{
	struct name *name = &names->at[id];
	if (name->kind == NAME_NONE)
		return false;
	if (name->kind >= NAME_LIVE)
		return look_live(names, name);
	uint64_t print = name->print;
	enum trace_blind blind = names->hooks ? name->blind : TRACE_FULL;
	bool traces = names->hooks && name->stale;
	if (traces) {
		uint32_t before = name->hooks, fresh = 0;
		scoped(trace_end) struct trace trace = begin_trace(names, id, &fresh);
		trace_hooks(names, id, &trace);
		hooks_drop(names->hooks, &before);
		if (trace.blind != TRACE_SEES && name->kind == NAME_TREE)
			hooks_drop(names->hooks, &fresh); /* half a tree is none, and costs */
		names->at[id].hooks = fresh;
		print = trace.print;
		blind = trace.blind;
	}
	name->stale = false;
	if (blind != TRACE_SEES)
		print = look(names, name);
	bool changed = print != name->print || blind != name->blind;
	if (changed && !traces && blind == TRACE_KERNEL)
		forget_way(names, name);
	name->print = print;
	name->blind = (uint8_t)blind;
	return changed;
}

/* -------- places -------- */

static uint32_t find_place(struct names *names, struct text path)
{
	uintptr_t known = (uintptr_t)map_get(names->place_ids, path);
	if (known)
		return (uint32_t)known - 1;
	uint32_t number = names->free_place;
	if (number != NAMES_NONE) {
		names->free_place = names->places[number].first;
	} else {
		number = (uint32_t)names->place_count;
		names->places = mem_grow(names->places, &names->place_room, ++names->place_count,
					 sizeof(*names->places));
	}
	names->places[number] = (struct place){
		.path = mem_copy(path.at, path.len), .first = NAMES_NONE, .wd = -1, .stale = true};
	map_put(names->place_ids, path, (void *)((uintptr_t)number + 1));
	return number;
}

static void leave_place(struct names *names, uint32_t id)
{
	struct name *name = &names->at[id];
	struct place *place = &names->places[name->place];
	uint32_t *at = &place->first;
	while (*at != id)
		at = &names->at[*at].next;
	*at = name->next;
	if (--place->count > 0)
		return;
	hooks_drop(names->hooks, &place->hooks);
	map_remove(names->place_ids, text_of(place->path));
	mem_free(&place->path);
	mem_free(&place->real);
	*place = (struct place){.first = names->free_place, .wd = -1};
	names->free_place = name->place;
}

static void enter_place(struct names *names, uint32_t id)
{
	const char *path = names->at[id].path, *slash = strrchr(path, '/');
	names->at[id].place = NAMES_NONE;
	if (names->at[id].kind != NAME_PATH || slash[1] == '\0' || !names->hooks)
		return;
	uint32_t number = find_place(
		names, slash == path ? TEXT("/") : (struct text){path, (size_t)(slash - path)});
	struct place *place = &names->places[number];
	names->at[id].place = number;
	names->at[id].next = place->first;
	place->first = id;
	place->count++;
}

/* -------- the table -------- */

static size_t home_of(const struct names *names, struct text name)
{
	return (hooks_entry(name) * 0x9e3779b1u) & (names->slot_count - 1);
}

static size_t slot_of(const struct names *names, struct text name)
{
	size_t at = home_of(names, name);
	while (names->slots[at] != 0 && !text_is(name, names->at[names->slots[at] - 1].path))
		at = (at + 1) & (names->slot_count - 1);
	return at;
}

/* Everything in its slot anew. */
static void rebuild(struct names *names)
{
	while (names->used * 2 > names->slot_count)
		names->slot_count *= 2;
	mem_free(&names->slots);
	names->slots = mem_new(names->slot_count, sizeof(*names->slots));
	for (size_t i = 0; i < names->count; i++)
		if (names->at[i].kind != NAME_NONE)
			names->slots[slot_of(names, text_of(names->at[i].path))] = (uint32_t)i + 1;
}

/* Takes it out; those behind that it kept from their own place move up. */
static void clear_slot(struct names *names, size_t hole)
{
	size_t mask = names->slot_count - 1, at = hole, home;
	for (;;) {
		names->slots[hole] = 0;
		do {
			at = (at + 1) & mask;
			if (names->slots[at] == 0)
				return;
			home = home_of(names, text_of(names->at[names->slots[at] - 1].path));
		} while (hole <= at ? hole < home && home <= at : hole < home || home <= at);
		names->slots[hole] = names->slots[at];
		hole = at;
	}
}

static uint8_t kind_of(struct text name)
{
	if (!text_starts(name, "/"))
		return (uint8_t)(NAME_LIVE + live_find(name));
	return text_ends(name, "/**") ? NAME_TREE : NAME_PATH;
}

uint32_t names_add(struct names *names, struct text text, size_t limit, bool *is_new)
{
	size_t slot = slot_of(names, text);
	*is_new = names->slots[slot] == 0;
	if (!*is_new)
		return names->slots[slot] - 1;
	if (names->used == limit || text.len > FILE_PATH_MAX || memchr(text.at, '\0', text.len))
		return NAMES_NONE;
	uint32_t id = names->free;
	if (id != NAMES_NONE) {
		names->free = names->at[id].next;
	} else {
		id = (uint32_t)names->count;
		names->at = mem_grow(names->at, &names->room, ++names->count, sizeof(*names->at));
	}
	names->used++;
	names->at[id] = (struct name){
		.path = mem_copy(text.at, text.len), .kind = kind_of(text), .stale = true};
	names->slots[slot] = id + 1;
	if (names->used * 2 > names->slot_count)
		rebuild(names);
	enter_place(names, id);
	(void)names_trace(names, id);
	return id;
}

void names_remove(struct names *names, uint32_t id)
{
	struct name *name = &names->at[id];
	must(name->kind != NAME_NONE);
	if (names->hooks)
		hooks_drop(names->hooks, &name->hooks);
	if (name->place != NAMES_NONE)
		leave_place(names, id);
	clear_slot(names, slot_of(names, text_of(name->path)));
	mem_free(&name->path);
	*name = (struct name){.place = NAMES_NONE, .next = names->free};
	names->free = id;
	names->used--;
}

/* -------- what is only looked at -------- */

void names_count(const struct names *names, struct watch_state *state)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct name *name = &names->at[i];
		if (name->kind >= NAME_LIVE)
			state->other += live_kind((size_t)name->kind - NAME_LIVE)->every_ms > 0;
		if (name->kind != NAME_PATH && name->kind != NAME_TREE)
			continue;
		state->no_events += name->blind == TRACE_NO_EVENTS;
		state->kernel += name->blind == TRACE_KERNEL;
		state->full += name->blind == TRACE_FULL;
		state->refused += name->blind == TRACE_REFUSED;
		state->large += name->blind == TRACE_LARGE;
	}
}

void names_put_blind(const struct names *names, const struct watch_state *state, struct buf *out)
{
	const struct {
		size_t count;
		const char *why;
	} parts[] = {
		{state->no_events, "on file systems that send no events"},
		{state->full,
		 names->hooks ? "beyond the limit of watches (fs.inotify.max_user_watches)"
			      : "without an inotify instance (fs.inotify.max_user_instances)"},
		{state->refused, "that may not be read"},
		{state->large, "with more than 1000000 entries"},
	};
	bool first = true;
	for (size_t i = 0; i < array_len(parts); i++) {
		if (parts[i].count == 0)
			continue;
		buf_print(out, "%s%zu %s", first ? "" : ", ", parts[i].count, parts[i].why);
		first = false;
	}
	if (!first)
		buf_print(out, ": looked at every %d s, trees every %d s", WATCH_LOOK_MS / 1000,
			  WATCH_LOOK_TREE_MS / 1000);
}
