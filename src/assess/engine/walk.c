#include "assess/engine/walk.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE_MIN (4 * 1024) /* of a walk's first block; each next one is twice as large */
#define BLOCK_SIZE_MAX (128 * 1024)
#define LOOKS_MAX 256    /* in one block */
#define WAITING_SIZE 64u /* bytes that a waiting name takes, about */

/* One name that still waits to be visited; the names of a folder stand in reverse, so that the last
 * is the next. */
struct waiting {
	char *name;
	enum gather_kind kind;
	unsigned level; /* 1: directly inside the start */
};

struct stack {
	struct waiting *at;
	size_t room, count;
	unsigned level; /* of what is being pushed */
	bool full;
};

/* The path of an entry, and how long the paths of the folders above it are. */
struct place {
	struct buf path;
	size_t *lens; /* lens[0] is the start's */
	size_t room;
};

/* What was met, in order: this head, then a name, or the struct text that says why a folder can't
 * be listed. */
struct step {
	uint16_t level, len;
	uint8_t kind;
	bool failed;
};

struct block {
	char *at;
	size_t size, len;
};

struct look {
	struct gather_stat stat;
	bool known;
};

/* One walk, as far as somebody has followed it. */
struct trail {
	char *start;
	unsigned depth; /* 0: GATHER_WALK_DEPTH_MAX, and deeper is an error */
	bool kept, busy, begun, over;
	bool entering; /* the entry at `place` is a folder that is to be gone into next */
	unsigned level;
	struct place place;   /* of what was visited last */
	struct stack stack;   /* what waits to be visited */
	struct block *blocks; /* the steps; when it is not kept, one block with the last */
	size_t block_room, block_count, visited, steps_bytes, looks_bytes;
	struct look **looks; /* blocks of LOOKS_MAX, for the entries in order; NULL: none taken */
	size_t look_room;
	struct text why; /* the walk failed as a whole */
};

/* Whoever is on a trail: where the next step is, and which entry is being visited. */
struct follower {
	struct trail *trail;
	struct place place;
	size_t block, at, index; /* index counts from 1 */
	struct follower *outer;
};

struct walks {
	struct map *trails, *too_large; /* by depth and start */
	size_t steps_bytes, looks_bytes;
	struct follower *now;
};

static void end_stack(struct stack *stack)
{
	while (stack->count > 0)
		mem_free(&stack->at[--stack->count].name);
	mem_free(&stack->at);
}

static void end_place(struct place *place)
{
	buf_end(&place->path);
	mem_free(&place->lens);
}

static void drop_steps(struct walks *walks, struct trail *trail)
{
	for (size_t i = 0; i < trail->block_count; i++)
		mem_free(&trail->blocks[i].at);
	trail->block_count = 0;
	for (size_t i = 0; i < trail->look_room; i++)
		mem_free(&trail->looks[i]);
	mem_free(&trail->looks);
	trail->look_room = 0;
	walks->steps_bytes -= trail->steps_bytes;
	walks->looks_bytes -= trail->looks_bytes;
	trail->steps_bytes = trail->looks_bytes = 0;
}

static void drop_trail(struct walks *walks, struct trail **trail)
{
	drop_steps(walks, *trail);
	mem_free(&(*trail)->blocks);
	end_stack(&(*trail)->stack);
	end_place(&(*trail)->place);
	mem_free(&(*trail)->start);
	mem_free(trail);
}

struct walks *walks_new(void)
{
	struct walks *walks = mem_new(1, sizeof(*walks));
	walks->trails = map_new();
	walks->too_large = map_new();
	return walks;
}

void walks_free(struct walks **walks)
{
	struct text key;
	size_t at = 0;
	if (!*walks)
		return;
	for (void *value; map_next((*walks)->trails, &at, &key, &value);) {
		struct trail *trail = value;
		drop_trail(*walks, &trail);
	}
	map_free(&(*walks)->trails);
	map_free(&(*walks)->too_large);
	mem_free(walks);
}

struct gather_stat *walks_look(struct walks *walks, struct text path, bool **known)
{
	struct follower *now = walks->now;
	if (!now || path.at != now->place.path.at || path.len != now->place.path.len ||
	    !now->trail->kept)
		return NULL;
	struct trail *trail = now->trail;
	size_t block = (now->index - 1) / LOOKS_MAX, size = LOOKS_MAX * sizeof(struct look);
	if (block >= trail->look_room || !trail->looks[block]) {
		if (walks->looks_bytes + size > GATHER_LOOKS_KEPT_BYTES_MAX)
			return NULL;
		trail->looks = mem_grow(trail->looks, &trail->look_room, block + 1,
					sizeof(struct look *));
		trail->looks[block] = mem_new(LOOKS_MAX, sizeof(struct look));
		trail->looks_bytes += size;
		walks->looks_bytes += size;
	}
	struct look *look = &trail->looks[block][(now->index - 1) % LOOKS_MAX];
	*known = &look->known;
	return &look->stat;
}

/* -------- steps -------- */

static void add_block(struct walks *walks, struct trail *trail, size_t need)
{
	size_t last = trail->block_count > 0 ? trail->blocks[trail->block_count - 1].size : 0;
	size_t size = last * 2 > BLOCK_SIZE_MAX ? BLOCK_SIZE_MAX : last * 2;
	if (size < BLOCK_SIZE_MIN)
		size = BLOCK_SIZE_MIN;
	if (size < need)
		size = need;
	if (trail->kept && walks->steps_bytes + size > GATHER_WALKS_KEPT_BYTES_MAX) {
		drop_steps(walks, trail);
		trail->kept = false;
	}
	if (trail->kept) {
		trail->steps_bytes += size;
		walks->steps_bytes += size;
	}
	trail->blocks = mem_grow(trail->blocks, &trail->block_room, trail->block_count + 1,
				 sizeof(*trail->blocks));
	trail->blocks[trail->block_count++] = (struct block){mem_new(1, size), size, 0};
}

static void put_step(struct walks *walks, struct trail *trail, struct step step, const void *bytes)
{
	size_t need = sizeof(step) + step.len;
	if (!trail->kept && trail->block_count > 0)
		trail->blocks[trail->block_count - 1].len = 0;
	struct block *last = trail->block_count > 0 ? &trail->blocks[trail->block_count - 1] : NULL;
	if (!last || last->size - last->len < need) {
		if (!trail->kept)
			drop_steps(walks, trail);
		add_block(walks, trail, need);
		last = &trail->blocks[trail->block_count - 1];
	}
	memcpy(last->at + last->len, &step, sizeof(step));
	memcpy(last->at + last->len + sizeof(step), bytes, step.len);
	last->len += need;
}

/* The next step, or NULL: the trail has not been walked further. */
static const char *next_step(struct follower *follower, struct step *step)
{
	const struct trail *trail = follower->trail;
	if (follower->block + 1 < trail->block_count &&
	    follower->at == trail->blocks[follower->block].len) {
		follower->block++;
		follower->at = 0;
	}
	if (trail->block_count == 0 || follower->at == trail->blocks[follower->block].len)
		return NULL;
	const char *at = trail->blocks[follower->block].at + follower->at;
	memcpy(step, at, sizeof(*step));
	follower->at += sizeof(*step) + step->len;
	return at + sizeof(*step);
}

static void put_start(struct place *place, const char *start)
{
	buf_cstr(&place->path, start[1] ? start : "");
	place->lens = mem_grow(place->lens, &place->room, 1, sizeof(*place->lens));
	place->lens[0] = place->path.len;
}

/* The path becomes that of a name in the folder that is one level above. */
static void put_name(struct place *place, unsigned level, struct text name)
{
	place->path.len = place->lens[level - 1];
	place->path.at = mem_grow(place->path.at, &place->path.room, place->path.len + name.len + 2,
				  1);
	char *end = place->path.at + place->path.len;
	*end = '/';
	memcpy(end + 1, name.at, name.len);
	end[1 + name.len] = '\0';
	place->path.len += 1 + name.len;
	place->lens = mem_grow(place->lens, &place->room, level + 1, sizeof(*place->lens));
	place->lens[level] = place->path.len;
}

/* -------- walking -------- */

static bool push_name(void *data, struct text name, enum file_kind kind)
{
	struct stack *stack = data;
	if (stack->count == GATHER_WALK_NAMES_MAX || name.len > UINT16_MAX) {
		stack->full = true;
		return false;
	}
	stack->at = mem_grow(stack->at, &stack->room, stack->count + 1, sizeof(*stack->at));
	stack->at[stack->count++] = (struct waiting){mem_copy(name.at, name.len), source_kind(kind),
						     stack->level};
	return true;
}

static int compare_backwards(const void *a, const void *b)
{
	const struct waiting *one = a, *other = b;
	return strcmp(other->name, one->name);
}

/* The names in one folder go on the stack. */
static enum file_answer open_folder(struct gather *gather, struct stack *stack, const char *path,
				    unsigned level, struct err *err)
{
	size_t before = stack->count;
	stack->level = level;
	enum file_answer answer = gather_list_names(gather, path, push_name, stack, err);
	if (answer == FILE_OK && stack->count > before)
		qsort(stack->at + before, stack->count - before, sizeof(*stack->at),
		      compare_backwards);
	if (answer == FILE_OK && stack->full) {
		err_set(err, ERR_LIMIT, "more than %d names wait in the folders above it",
			GATHER_WALK_NAMES_MAX);
		return FILE_FAILED;
	}
	return answer;
}

/* What the kernel makes up is not a file of the system: left out unless the walk begins there. */
static bool is_left_out(struct gather *gather, const char *start, const char *path)
{
	static const char *const left_out[] = {"/proc", "/sys", "/dev"};
	const void *data;
	const struct source *source = gather_source(gather, &data);
	struct file_stat stat, begun;
	struct err err = {0};
	for (size_t i = 0; i < array_len(left_out); i++)
		if (strcmp(path, left_out[i]) == 0)
			return start[1] == '\0';
	return source->stat(data, path, false, &stat, &err) == FILE_OK && stat.made_up &&
	       source->stat(data, start, true, &begun, &err) == FILE_OK && !begun.made_up;
}

static struct text why_of(struct gather *gather, const char *path, const struct err *err)
{
	scoped(buf_end) struct buf out = {0};
	buf_cstr(&out, "cannot list ");
	buf_printable(&out, text_of(path), PATH_SHOWN_MAX);
	buf_print(&out, ": %s", err->text);
	return arena_text(gather_arena(gather), buf_view(&out));
}

static enum gather_kind kind_of(struct gather *gather, const char *path, enum gather_kind kind)
{
	const void *data;
	struct file_stat stat;
	struct err err = {0};
	if (kind != GATHER_UNKNOWN)
		return kind;
	if (gather_source(gather, &data)->stat(data, path, false, &stat, &err) == FILE_OK)
		return source_kind(stat.kind);
	return kind;
}

/* Ends the whole walk. */
static bool fail_trail(struct gather *gather, struct trail *trail, const char *path,
		       const struct err *err)
{
	trail->why = why_of(gather, path, err);
	trail->over = true;
	return false;
}

/* The folder that was just visited; true: a step says that it can't be listed. */
static bool go_into(struct gather *gather, struct trail *trail)
{
	struct err err = {0};
	const char *path = trail->place.path.at;
	enum file_answer answer = FILE_FAILED;
	if (trail->level == trail->depth)
		return false;
	if (trail->level == GATHER_WALK_DEPTH_MAX)
		err_set(&err, ERR_LIMIT, "it lies deeper than %d folders; give a depth",
			GATHER_WALK_DEPTH_MAX);
	else
		answer = open_folder(gather, &trail->stack, path, trail->level + 1, &err);
	if (answer != FILE_FAILED) /* a folder that vanished meanwhile is no failure */
		return false;
	if (trail->stack.full)
		return fail_trail(gather, trail, path, &err);
	struct text why = why_of(gather, path, &err);
	struct step step = {.level = (uint16_t)trail->level, .len = sizeof(why), .failed = true};
	put_step(gather_walks(gather), trail, step, &why);
	return true;
}

/* Takes one step more; false: there is none. */
static bool advance(struct gather *gather, struct trail *trail)
{
	struct err err = {0};
	bool entering = trail->entering;
	if (!trail->begun &&
	    open_folder(gather, &trail->stack, trail->start, 1, &err) == FILE_FAILED)
		return fail_trail(gather, trail, trail->start, &err);
	trail->begun = true;
	trail->entering = false;
	if (entering && go_into(gather, trail))
		return true;
	trail->over |= trail->stack.count == 0;
	if (trail->over)
		return false;
	if (trail->visited++ == GATHER_WALK_ENTRIES_MAX) {
		err_set(&err, ERR_LIMIT, "more than %d entries lie below it",
			GATHER_WALK_ENTRIES_MAX);
		return fail_trail(gather, trail, trail->start, &err);
	}
	struct waiting next = trail->stack.at[--trail->stack.count];
	scoped(mem_free) char *name = next.name;
	struct text text = text_of(name);
	put_name(&trail->place, next.level, text);
	const char *path = trail->place.path.at;
	trail->level = next.level;
	next.kind = kind_of(gather, path, next.kind);
	trail->entering = next.kind == GATHER_FOLDER && !is_left_out(gather, trail->start, path);
	struct step step = {.level = (uint16_t)next.level,
			    .len = (uint16_t)text.len,
			    .kind = (uint8_t)next.kind};
	put_step(gather_walks(gather), trail, step, name);
	return true;
}

/* -------- following -------- */

static void put_key(struct buf *key, const char *start, unsigned depth)
{
	buf_print(key, "%u %s", depth, start);
}

static struct trail *take_trail(struct walks *walks, const char *start, unsigned depth)
{
	scoped(buf_end) struct buf key = {0};
	put_key(&key, start, depth);
	struct trail *trail = map_get(walks->trails, buf_view(&key));
	if (trail && !trail->busy) {
		trail->busy = true;
		walks->steps_bytes -= trail->over ? 0 : trail->stack.count * WAITING_SIZE;
		return trail;
	}
	bool kept = !trail && !map_get(walks->too_large, buf_view(&key));
	trail = mem_new(1, sizeof(*trail));
	*trail = (struct trail){
		.start = mem_text(start), .depth = depth, .kept = kept, .busy = true};
	put_start(&trail->place, start);
	if (kept)
		map_put(walks->trails, buf_view(&key), trail);
	return trail;
}

/* What still waits counts too; a trail that is not kept ends here. */
static void give_trail(struct walks *walks, struct trail *trail)
{
	scoped(buf_end) struct buf key = {0};
	size_t waiting = trail->over ? 0 : trail->stack.count * WAITING_SIZE;
	trail->busy = false;
	if (trail->over)
		end_stack(&trail->stack);
	if (trail->kept && walks->steps_bytes + waiting <= GATHER_WALKS_KEPT_BYTES_MAX) {
		walks->steps_bytes += waiting;
		return;
	}
	put_key(&key, trail->start, trail->depth);
	if (map_get(walks->trails, buf_view(&key)) == trail) {
		map_remove(walks->trails, buf_view(&key));
		map_put(walks->too_large, buf_view(&key), walks);
	}
	drop_trail(walks, &trail);
}

/* Shows one step to whoever follows. */
static enum gather_step show_step(const struct gather_walk *walk, struct follower *follower,
				  const struct step *step, const char *bytes, struct text *why)
{
	if (!step->failed) {
		follower->index++;
		put_name(&follower->place, step->level, (struct text){bytes, step->len});
		return walk->each(walk->data, buf_view(&follower->place.path),
				  (enum gather_kind)step->kind);
	}
	struct text what;
	memcpy(&what, bytes, sizeof(what));
	if (walk->failed)
		return walk->failed(walk->data, what);
	*why = what;
	return GATHER_STOP;
}

static void follow(struct gather *gather, const struct gather_walk *walk, struct follower *follower,
		   struct text *why)
{
	struct trail *trail = follower->trail;
	struct step step;
	enum gather_step answer = GATHER_GO_ON;
	int64_t began_us = time_span_us();
	for (size_t count = 1; answer != GATHER_STOP; count++) {
		const char *bytes = next_step(follower, &step);
		if (!bytes && (trail->over || !advance(gather, trail))) {
			*why = trail->why;
			return;
		}
		if (!bytes && !trail->kept)
			follower->block = follower->at = 0;
		if (!bytes)
			bytes = next_step(follower, &step);
		if (count % 1024 == 0 && time_span_us() - began_us > GATHER_WALK_SPAN_US) {
			struct err err = {0};
			err_set(&err, ERR_LIMIT, "it takes longer than a minute");
			*why = why_of(gather, trail->start, &err);
			return;
		}
		answer = show_step(walk, follower, &step, bytes, why);
	}
}

enum gather_answer gather_walk(struct gather *gather, const struct gather_walk *walk,
			       struct text *why)
{
	struct gather_stat stat;
	struct walks *walks = gather_walks(gather);
	enum gather_answer answer = gather_stat(gather, walk->path, true, &stat, why);
	if (answer != GATHER_OK)
		return answer;
	scoped(mem_free) char *start = mem_copy(walk->path.at, walk->path.len);
	scoped(buf_end) struct buf tree = {0};
	for (size_t len = walk->path.len; len > 1 && start[len - 1] == '/'; len--)
		start[len - 1] = '\0';
	buf_print(&tree, "%s/**", start[1] ? start : "");
	gather_depends_add(gather, buf_view(&tree));
	struct follower follower = {.trail = take_trail(walks, start, walk->depth),
				    .outer = walks->now};
	put_start(&follower.place, start);
	walks->now = &follower;
	follow(gather, walk, &follower, why);
	walks->now = follower.outer;
	end_place(&follower.place);
	give_trail(walks, follower.trail);
	return why->at ? GATHER_FAILED : GATHER_OK;
}
