#include "assess/command/file/find.h"

#include <string.h>

#include "assess/command/table.h"

/* One starting point's walk. */
struct search {
	struct find *find;
	struct text start, real; /* as printed, without a slash at the end; as walked */
	uint64_t device;
	struct text pruned; /* what lies below is left out; at NULL: nothing */
	struct buf path;
	bool limit; /* too much was found */
};

static void end_search(struct search *search)
{
	buf_end(&search->path);
}

/* -------- tests -------- */

static bool look(struct search *search, struct find_seen *seen)
{
	struct text why;
	if (seen->looked)
		return true;
	enum gather_answer answer = gather_peek(search->find->said->gather, seen->real, false,
						&seen->stat, &why);
	seen->looked = true;
	if (answer == GATHER_FAILED)
		search->find->failed = native_fail(search->find->said->answer, why);
	return answer == GATHER_OK;
}

static struct text base_name(struct text path)
{
	size_t from = path.len;
	while (from > 1 && path.at[from - 1] == '/')
		path.len = --from;
	while (from > 0 && path.at[from - 1] != '/')
		from--;
	return from == path.len ? path : (struct text){path.at + from, path.len - from};
}

static bool fits(const struct find_node *node, struct text text)
{
	if (!node->fold)
		return gather_is_text_match(node->text, text);
	scoped(buf_end) struct buf pattern = {0}, subject = {0};
	for (size_t i = 0; i < node->text.len + text.len; i++) {
		char c = i < node->text.len ? node->text.at[i] : text.at[i - node->text.len];
		buf_char(i < node->text.len ? &pattern : &subject,
			 c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
	}
	return gather_is_text_match(buf_view(&pattern), buf_view(&subject));
}

static bool compare(const struct find_node *node, int64_t value)
{
	return node->sign == '+'   ? value > node->number
	       : node->sign == '-' ? value < node->number
				   : value == node->number;
}

static bool is_type(const struct find_node *node, enum gather_kind kind)
{
	char letter = kind == GATHER_FILE ? 'f' : mode_letter(kind);
	return memchr(node->text.at, letter, node->text.len) != NULL;
}

static bool has_perm(const struct find_node *node, uint32_t mode)
{
	uint32_t wanted = (uint32_t)node->number;
	if (node->sign == '-')
		return (mode & wanted) == wanted;
	if (node->sign == '/')
		return wanted == 0 || (mode & wanted) != 0;
	return mode == wanted;
}

static bool is_empty(struct search *search, const struct find_seen *seen)
{
	const struct gather_entry *entries;
	size_t count = 1;
	struct text why;
	if (seen->stat.kind == GATHER_FILE)
		return seen->stat.size == 0;
	return seen->stat.kind == GATHER_FOLDER &&
	       gather_list_once(search->find->said->gather, seen->real, &entries, &count, &why) ==
		       GATHER_OK &&
	       count == 0;
}

static bool is_aged(struct search *search, const struct find_node *node,
		    const struct gather_stat *stat)
{
	int64_t now_s = gather_now_us(search->find->said->gather) / TIME_SECOND_US;
	int64_t age_s = now_s - stat->mtime_us / TIME_SECOND_US, unit = (int64_t)node->unit;
	int64_t units = age_s >= 0 ? age_s / unit : -1;
	if (unit == 60 && age_s > 0 && node->sign != '+') /* a minute that has begun counts */
		units = (age_s + 59) / 60;
	return compare(node, units);
}

/* What asks for the inode. */
static bool is_so(struct search *search, const struct find_node *node, const struct find_seen *seen)
{
	struct gather *gather = search->find->said->gather;
	const struct gather_stat *stat = &seen->stat;
	struct text name;
	switch ((int)node->kind) {
	case FIND_PERM:
		return has_perm(node, stat->mode);
	case FIND_UID:
		return compare(node, stat->uid);
	case FIND_GID:
		return compare(node, stat->gid);
	case FIND_NO_USER:
		return !owner_name(gather, stat->uid, &name);
	case FIND_NO_GROUP:
		return !owner_group(gather, stat->gid, &name);
	case FIND_SIZE:
		return compare(node, (int64_t)((stat->size + node->unit - 1) / node->unit));
	case FIND_EMPTY:
		return is_empty(search, seen);
	case FIND_AGE:
		return is_aged(search, node, stat);
	case FIND_NEWER:
		return stat->mtime_us > node->number;
	case FIND_LINKS:
		return compare(node, (int64_t)stat->links);
	case FIND_INODE:
		return compare(node, (int64_t)stat->inode);
	default:
		return false;
	}
}

static bool is_link_to(struct search *search, const struct find_node *node,
		       const struct find_seen *seen)
{
	struct text target, why;
	return seen->stat.kind == GATHER_LINK &&
	       gather_link_once(search->find->said->gather, seen->real, &target, &why) ==
		       GATHER_OK &&
	       fits(node, target);
}

/* -------- actions -------- */

/* {} in each word becomes the path. */
static struct text fill_in(struct find *find, struct text word, struct text path)
{
	scoped(buf_end) struct buf out = {0};
	size_t at;
	while (text_find(word, TEXT("{}"), &at)) {
		buf_text(&out, (struct text){word.at, at});
		buf_text(&out, path);
		word = (struct text){word.at + at + 2, word.len - at - 2};
	}
	buf_text(&out, word);
	return arena_text(gather_arena(find->said->gather), buf_view(&out));
}

/* Runs it natively; what it prints comes behind what there is. */
static bool exec(struct find *find, const struct text *argv, size_t argc, bool *done)
{
	struct native_answer own;
	struct native_call call = {.gather = find->said->gather, .argv = argv, .argc = argc};
	*done = false;
	if (!native_run(&call, &own)) {
		find->failed = native_fail(find->said->answer,
					   TEXT("find: what it executes has no native answer"));
		return false;
	}
	find->said->answer->secret |= own.secret;
	if (own.outcome == NATIVE_NO_PROGRAM) {
		buf_print(&find->said->err, "find: '%.*s': No such file or directory\n",
			  TEXT_ARG(argv[0]));
		return true;
	}
	if (own.outcome != NATIVE_PRINTED) {
		find->failed = true;
		find->said->answer->outcome = own.outcome;
		find->said->answer->reason = own.reason;
		return false;
	}
	said_text(find->said, own.out);
	buf_text(&find->said->err, own.err);
	*done = own.exit == 0;
	return true;
}

static bool exec_one(struct find *find, const struct find_node *node, struct text path)
{
	struct text argv[NATIVE_ARGS_MAX];
	bool done;
	if (!has_room(find->said->gather, path.len * node->argc)) {
		find->failed = native_fail(find->said->answer, TEXT("find: too much is executed"));
		return false;
	}
	for (size_t i = 0; i < node->argc && i < NATIVE_ARGS_MAX; i++)
		argv[i] = fill_in(find, node->argv[i], path);
	return exec(find, argv, node->argc, &done) && done;
}

static bool collect(struct find *find, const struct find_node *node, struct text path)
{
	struct find_batch *batch = &find->execs[node->exec];
	if (batch->count == FIND_PATHS_MAX || !has_room(find->said->gather, path.len)) {
		find->failed = native_fail(find->said->answer, TEXT("find: more than 100000 files "
								    "to execute a command on"));
		return false;
	}
	batch->at = mem_grow(batch->at, &batch->room, batch->count + 1, sizeof(*batch->at));
	batch->at[batch->count++] = arena_text(gather_arena(find->said->gather), path);
	return true;
}

static void exec_batch(struct find *find, struct find_batch *batch)
{
	size_t argc = batch->node->argc + batch->count;
	scoped(mem_free) struct text *argv = mem_new(argc, sizeof(*argv));
	bool done;
	memcpy(argv, batch->node->argv, batch->node->argc * sizeof(*argv));
	memcpy(argv + batch->node->argc, batch->at, batch->count * sizeof(*argv));
	if (exec(find, argv, argc, &done) && !done)
		find->said->exit = 1;
}

static bool act(struct search *search, const struct find_node *node, struct find_seen *seen)
{
	struct said *said = search->find->said;
	switch ((int)node->kind) {
	case FIND_PRUNE:
		buf_clear(&search->path);
		buf_text(&search->path, seen->real);
		search->pruned = buf_view(&search->path);
		break;
	case FIND_PRINT:
	case FIND_PRINT0:
		said_text(said, seen->path);
		said_char(said, node->kind == FIND_PRINT ? '\n' : '\0');
		break;
	case FIND_LS:
		find_put_ls(search->find, seen);
		break;
	case FIND_PRINTF:
		if (look(search, seen))
			find_printf(search->find, seen, node->text);
		break;
	case FIND_EXEC:
		return node->batch ? collect(search->find, node, seen->path)
				   : exec_one(search->find, node, seen->path);
	case FIND_QUIT:
		search->find->quit = true;
		break;
	default:
		return false;
	}
	return true;
}

/* -------- the tree -------- */

static bool holds(struct search *search, const struct find_node *node, struct find_seen *seen)
{
	if (search->find->quit || search->find->failed)
		return false;
	switch (node->kind) {
	case FIND_AND:
		return holds(search, node->left, seen) && holds(search, node->right, seen);
	case FIND_OR:
		return holds(search, node->left, seen) || holds(search, node->right, seen);
	case FIND_COMMA:
		(void)holds(search, node->left, seen);
		return holds(search, node->right, seen);
	case FIND_NOT:
		return !holds(search, node->left, seen);
	case FIND_TRUE:
	case FIND_FALSE:
		return node->kind == FIND_TRUE;
	case FIND_NAME:
		return fits(node, base_name(seen->path));
	case FIND_PATH:
		return fits(node, seen->path);
	case FIND_REGEX:
		return regex_find(node->regex, seen->path, 0, NULL, NULL) == REGEX_YES;
	case FIND_LINK_NAME:
		return is_link_to(search, node, seen);
	case FIND_TYPE:
		return (seen->stat.kind != GATHER_UNKNOWN || look(search, seen)) &&
		       is_type(node, seen->stat.kind);
	case FIND_PERM:
	case FIND_UID:
	case FIND_GID:
	case FIND_NO_USER:
	case FIND_NO_GROUP:
	case FIND_SIZE:
	case FIND_EMPTY:
	case FIND_AGE:
	case FIND_NEWER:
	case FIND_LINKS:
	case FIND_INODE:
		return look(search, seen) && is_so(search, node, seen);
	case FIND_PRUNE:
	case FIND_PRINT:
	case FIND_PRINT0:
	case FIND_LS:
	case FIND_PRINTF:
	case FIND_EXEC:
	case FIND_QUIT:
		return act(search, node, seen);
	}
	never("a test of no kind");
}

static void visit(struct search *search, struct find_seen *seen)
{
	struct find *find = search->find;
	if ((int64_t)seen->depth < find->depth_min)
		return;
	if (holds(search, find->top, seen) && !find->acts && !find->failed) {
		said_text(find->said, seen->path);
		said_char(find->said, '\n');
	}
}

static bool is_below(struct text path, struct text folder)
{
	return folder.at && path.len > folder.len && path.at[folder.len] == '/' &&
	       memcmp(path.at, folder.at, folder.len) == 0;
}

static unsigned depth_of(struct text rest)
{
	unsigned depth = 0;
	for (size_t i = 0; i < rest.len; i++)
		depth += rest.at[i] == '/';
	return depth;
}

static enum gather_step each(void *data, struct text path, enum gather_kind kind)
{
	struct search *search = data;
	struct find *find = search->find;
	if (is_below(path, search->pruned))
		return GATHER_GO_ON;
	struct text rest = {path.at + search->real.len, path.len - search->real.len};
	if (search->real.len == 1) /* "/" */
		rest = path;
	struct find_seen seen = {.start = search->start, .real = path, .stat = {.kind = kind}};
	scoped(buf_end) struct buf shown = {0};
	bool same = text_is_equal(search->start, search->real) || search->real.len == 1;
	if (!same) {
		buf_text(&shown, search->start);
		buf_text(&shown, rest);
	}
	seen.path = same ? path : buf_view(&shown);
	seen.depth = depth_of(rest);
	if (find->one_device && kind == GATHER_FOLDER && look(search, &seen) &&
	    seen.stat.device != search->device) {
		buf_clear(&search->path);
		buf_text(&search->path, path);
		search->pruned = buf_view(&search->path);
	}
	visit(search, &seen);
	return find->failed || find->quit || find->said->full ? GATHER_STOP : GATHER_GO_ON;
}

bool find_walk(struct find *find, struct text start)
{
	const char *fault;
	scoped(end_search) struct search search = {.find = find, .start = start, .real = start};
	struct find_seen seen = {.path = start, .start = start, .looked = true};
	struct text why;
	switch (look_kind(find->said, start, false, &seen.stat, &fault)) {
	case LOOK_FAILED:
		return false;
	case LOOK_NO:
		buf_print(&find->said->err, "find: '%.*s': %s\n", TEXT_ARG(start), fault);
		find->said->exit = 1;
		return true;
	case LOOK_OK:
		break;
	}
	while (search.real.len > 1 && search.real.at[search.real.len - 1] == '/')
		search.real.len--;
	if (search.start.len > 1 && search.start.at[search.start.len - 1] == '/')
		search.start.len--;
	seen.real = search.real;
	search.device = seen.stat.device;
	visit(&search, &seen);
	bool pruned = search.pruned.at && text_is_equal(search.pruned, search.real);
	if (find->failed || find->quit || pruned || find->depth_max == 0 ||
	    seen.stat.kind != GATHER_FOLDER)
		return !find->failed;
	struct gather_walk walk = {
		.path = search.real,
		.depth = find->depth_max > 0 ? (unsigned)find->depth_max : 0,
		.each = each,
		.data = &search,
	};
	if (gather_walk(find->said->gather, &walk, &why) == GATHER_FAILED && !find->failed)
		find->failed = native_fail(find->said->answer, why);
	return !find->failed;
}

/* -------- the row -------- */

/* Names of owners and files become what is compared; false: find has complained. */
static bool resolve(struct find *find, struct find_node *node)
{
	struct said *said = find->said;
	struct gather_stat stat;
	const char *fault;
	uint32_t id;
	uint64_t number;
	bool user = node->kind == FIND_UID;
	if (node->kind == FIND_NEWER) {
		enum look found = look_kind(said, node->text, false, &stat, &fault);
		if (found == LOOK_NO)
			buf_print(&said->err, "find: '%.*s': %s\n", TEXT_ARG(node->text), fault);
		find->failed = found == LOOK_FAILED;
		node->number = stat.mtime_us;
		return found == LOOK_OK;
	}
	if ((!user && node->kind != FIND_GID) || !node->text.at)
		return true;
	if (user ? owner_find(said->gather, node->text, &id)
		 : owner_find_group(said->gather, node->text, &id))
		node->number = id;
	else if (text_to_u64(node->text, 0, UINT32_MAX, &number))
		node->number = (int64_t)number;
	else
		buf_print(&said->err, "find: '%.*s' is not the name of %s\n", TEXT_ARG(node->text),
			  user ? "a known user" : "an existing group");
	return said->err.len == 0;
}

static bool knows_execs(const struct find *find)
{
	for (size_t i = 0; i < find->exec_count; i++) {
		const struct find_node *node = find->execs[i].node;
		struct text argv[NATIVE_ARGS_MAX];
		if (node->argc + node->batch > NATIVE_ARGS_MAX)
			return false;
		for (size_t j = 0; j < node->argc; j++)
			argv[j] = text_find(node->argv[j], TEXT("{}"), &(size_t){0})
					  ? TEXT("/x")
					  : node->argv[j];
		if (node->batch)
			argv[node->argc] = TEXT("/x");
		if (text_is(argv[0], "/x") || !native_knows(argv, node->argc + node->batch))
			return false;
	}
	return true;
}

static void end_find(struct find **find)
{
	for (size_t i = 0; i < (*find)->node_count; i++)
		regex_free(&(*find)->nodes[i].regex);
	for (size_t i = 0; i < (*find)->exec_count; i++)
		mem_free(&(*find)->execs[i].at);
	mem_free(find);
}

static bool answer_find(const struct native_call *call, struct native_answer *answer)
{
	scoped(end_find) struct find *find = mem_new(1, sizeof(*find));
	scoped(said_end) struct said said = said_begin(call, answer);
	find->call = call;
	find->said = &said;
	if (!find_read(find) || !knows_execs(find))
		return false;
	if (!call->gather)
		return true;
	for (size_t i = 0; i < find->node_count; i++)
		if (!resolve(find, &find->nodes[i])) {
			said.exit = 1;
			return find->failed || said_give(&said);
		}
	for (size_t i = 1; i < find->starts && !find->quit; i++)
		if (!text_is(call->argv[i], "-P") && !find_walk(find, call->argv[i]))
			return true;
	for (size_t i = 0; i < find->exec_count && !find->failed; i++)
		if (find->execs[i].count > 0)
			exec_batch(find, &find->execs[i]);
	return find->failed || said_give(&said);
}

const struct native native_find = {
	.program = "find",
	.forms = "[-P] FOLDER… with -name -path -regex (and -i…) -lname -type -perm -user -group "
		 "-uid -gid -nouser -nogroup -size -empty -mtime -mmin -newer -links -inum "
		 "-maxdepth -mindepth -xdev -prune -print -print0 -ls -printf -quit -exec, "
		 "joined by ! -a -o , and parentheses",
	.reads = "all below the folder, once for all searches; /proc, /sys and their like are left "
		 "out unless the search begins there",
	.prints = "what it finds, names sorted",
	.many = true,
	.answer = answer_find,
};
