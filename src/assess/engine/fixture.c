#include "assess/engine/fixture.h"

#include <inttypes.h>
#include <string.h>

#include "assess/engine/source.h"
#include "base/buf.h"
#include "base/time.h"

struct node {
	char *name;
	struct fixture_file file; /* its path and content are not used */
	char *content;
	size_t content_len;
	uint64_t inode;
	struct map *names; /* of a folder */
};

struct fixture {
	struct node *top;
	uint64_t inodes;
	size_t bytes;
	struct map *answers; /* question -> a copy of the answer */
};

static struct node *node_new(struct fixture *fixture, struct text name,
			     const struct fixture_file *file)
{
	struct node *node = mem_new(1, sizeof(*node));
	*node = (struct node){
		.name = mem_copy(name.at, name.len),
		.file = *file,
		.content = mem_copy(file->content.at, file->content.len),
		.content_len = file->content.len,
		.inode = ++fixture->inodes,
		.names = file->kind == GATHER_FOLDER ? map_new() : NULL,
	};
	fixture->bytes += file->content.len;
	return node;
}

/* Ends a node without children. */
static void node_end(struct node *node)
{
	map_free(&node->names);
	mem_free(&node->content);
	mem_free(&node->name);
	mem_free(&node);
}

/* Ends a node and all below it, without recursion: children move up to a list. */
static void tree_end(struct node *top)
{
	struct node **list = NULL;
	size_t room = 0, count = 0;
	list = mem_grow(list, &room, 1, sizeof(struct node *));
	list[count++] = top;
	while (count > 0) {
		struct node *node = list[--count];
		size_t at = 0;
		struct text name;
		for (void *child; node->names && map_next(node->names, &at, &name, &child);) {
			list = mem_grow(list, &room, count + 1, sizeof(struct node *));
			list[count++] = child;
		}
		node_end(node);
	}
	mem_free(&list);
}

static const struct fixture_file plain_folder = {.kind = GATHER_FOLDER, .mode = 0755};

struct fixture *fixture_new(void)
{
	struct fixture *fixture = mem_new(1, sizeof(*fixture));
	fixture->top = node_new(fixture, TEXT("/"), &plain_folder);
	fixture->answers = map_new();
	return fixture;
}

static void buf_free(struct buf *buf)
{
	buf_end(buf);
	mem_free(&buf);
}

void fixture_free(struct fixture **fixture)
{
	if (*fixture) {
		size_t at = 0;
		struct text question;
		for (void *answer; map_next((*fixture)->answers, &at, &question, &answer);)
			buf_free(answer);
		map_free(&(*fixture)->answers);
		tree_end((*fixture)->top);
	}
	mem_free(fixture);
}

static bool check_file(const struct fixture *fixture, const struct fixture_file *file,
		       struct err *err)
{
	size_t path_limit = GATHER_PATH_MAX;
	if (file->path.len < 2 || file->path.at[0] != '/' || file->path.len > path_limit ||
	    memchr(file->path.at, '\0', file->path.len))
		return err_set(err, ERR_INPUT, "\"%.*s\" is no path of a file: begin it with /",
			       (int)(file->path.len < 100 ? file->path.len : 100), file->path.at);
	if (fixture->inodes >= FIXTURE_FILES_MAX)
		return err_set(err, ERR_LIMIT, "more than %d files", FIXTURE_FILES_MAX);
	if (file->content.len > FIXTURE_BYTES_MAX - fixture->bytes)
		return err_set(err, ERR_LIMIT, "files with more than %u MiB together",
			       FIXTURE_BYTES_MAX >> 20);
	return true;
}

static void put_node(struct node *folder, struct text name, struct node *node)
{
	struct node *before = map_put(folder->names, name, node);
	if (before && before->names && node->names) { /* a folder described after what is in it */
		struct map *empty = node->names;
		node->names = before->names;
		before->names = empty;
	}
	if (before)
		tree_end(before);
}

bool fixture_add(struct fixture *fixture, const struct fixture_file *file, struct err *err)
{
	if (!check_file(fixture, file, err))
		return false;
	struct text rest = file->path, part, name = {0};
	struct node *folder = fixture->top;
	while (text_next(&rest, '/', &part)) {
		if (part.len == 0 || text_is(part, "."))
			continue;
		if (text_is(part, ".."))
			return err_set(err, ERR_INPUT, "%.*s: write the path without ..",
				       (int)text_cut(file->path, 256), file->path.at);
		if (name.len > 0) {
			struct node *next = map_get(folder->names, name);
			if (!next || !next->names) {
				next = node_new(fixture, name, &plain_folder);
				put_node(folder, name, next);
			}
			folder = next;
		}
		name = part;
	}
	if (name.len == 0)
		return err_set(err, ERR_INPUT, "/ is no path of a file");
	put_node(folder, name, node_new(fixture, name, file));
	return true;
}

bool fixture_add_text(struct fixture *fixture, const char *path, struct text content,
		      struct err *err)
{
	struct fixture_file file = {
		.path = text_of(path), .kind = GATHER_FILE, .content = content, .mode = 0644};
	return fixture_add(fixture, &file, err);
}

/* Where a path is in its resolution: the folders that it went through, and what of it is left. */
struct way {
	const struct node **folders;
	size_t room, count;
	struct buf rest;
	unsigned links;
};

static void end_way(struct way *way)
{
	mem_free(&way->folders);
	buf_end(&way->rest);
}

static void go_down(struct way *way, const struct node *folder)
{
	way->folders = mem_grow(way->folders, &way->room, way->count + 1, sizeof(*way->folders));
	way->folders[way->count++] = folder;
}

/* The target of a link takes the link's place in what is left of the path. */
static bool go_along(const struct fixture *fixture, struct way *way, const struct node *link,
		     struct err *err)
{
	if (++way->links > FIXTURE_LINKS_MAX)
		return err_set(err, ERR_INPUT,
			       "its symbolic links lead in a circle, or are too many");
	scoped(buf_end) struct buf next = {0};
	buf_add(&next, link->content, link->content_len);
	buf_char(&next, '/');
	buf_text(&next, buf_view(&way->rest));
	buf_clear(&way->rest);
	buf_text(&way->rest, buf_view(&next));
	if (link->content_len > 0 && link->content[0] == '/') {
		way->count = 0;
		go_down(way, fixture->top);
	}
	return true;
}

/* The next component of the way; at NULL: none is left. */
static struct text cut_part(struct way *way, char *out, size_t size)
{
	for (;;) {
		struct text rest = buf_view(&way->rest), part;
		if (!text_next(&rest, '/', &part))
			return (struct text){0};
		size_t len = part.len < size ? part.len : size;
		memcpy(out, part.at, len);
		buf_drop(&way->rest, way->rest.len - rest.len);
		if (len > 0 && !(len == 1 && out[0] == '.'))
			return (struct text){out, len};
	}
}

static bool is_way_done(const struct way *way)
{
	for (size_t i = 0; i < way->rest.len; i++)
		if (way->rest.at[i] != '/' && way->rest.at[i] != '.')
			return false;
	return true;
}

static enum file_answer find(const struct fixture *fixture, const char *path, bool follow,
			     const struct node **found, struct err *err)
{
	scoped(end_way) struct way way = {0};
	char name[256];
	buf_cstr(&way.rest, path);
	go_down(&way, fixture->top);
	*found = fixture->top;
	for (struct text part; (part = cut_part(&way, name, sizeof(name))).at;) {
		if (text_is(part, "..")) {
			way.count -= way.count > 1;
			*found = way.folders[way.count - 1];
			continue;
		}
		const struct node *folder = way.folders[way.count - 1];
		*found = folder->names ? map_get(folder->names, part) : NULL;
		if (!*found)
			return FILE_MISSING;
		if ((*found)->file.kind != GATHER_LINK)
			go_down(&way, *found);
		else if (!follow && is_way_done(&way))
			return FILE_OK;
		else if (!go_along(fixture, &way, *found, err))
			return FILE_FAILED;
		else
			*found = way.folders[way.count - 1];
	}
	return FILE_OK;
}

static enum file_answer fixture_stat(const void *data, const char *path, bool follow,
				     struct file_stat *stat, struct err *err)
{
	const struct node *node;
	enum file_answer answer = find(data, path, follow, &node, err);
	if (answer != FILE_OK)
		return answer;
	*stat = (struct file_stat){
		.kind = (enum file_kind)node->file.kind,
		.mode = node->file.mode,
		.uid = node->file.uid,
		.gid = node->file.gid,
		.size = node->content_len,
		.inode = node->inode,
		.links = 1,
		.mtime_us = node->file.mtime_us,
	};
	return FILE_OK;
}

static bool refuse(const struct node *node, struct err *err)
{
	static const char *const names[] = {
		[GATHER_FILE] = "a file",          [GATHER_FOLDER] = "a folder",
		[GATHER_LINK] = "a symbolic link", [GATHER_FIFO] = "a FIFO",
		[GATHER_SOCKET] = "a socket",      [GATHER_CHAR] = "a character device",
		[GATHER_BLOCK] = "a block device", [GATHER_UNKNOWN] = "something unknown",
	};
	if (node->file.kind != GATHER_FILE)
		return err_set(err, ERR_INPUT, "it is %s, not a file", names[node->file.kind]);
	return !node->file.denied || err_set(err, ERR_REFUSED, "permission denied");
}

static enum file_answer fixture_stream(const void *data, const char *path, uint64_t limit,
				       file_fn each, void *each_data, struct err *err)
{
	const struct node *node;
	enum file_answer answer = find(data, path, true, &node, err);
	if (answer != FILE_OK)
		return answer;
	if (!refuse(node, err))
		return FILE_FAILED;
	if (node->content_len > limit) {
		err_set(err, ERR_LIMIT, "it is larger than %" PRIu64 " MiB", limit >> 20);
		return FILE_FAILED;
	}
	if (node->content_len > 0)
		each(each_data, (struct text){node->content, node->content_len});
	return FILE_OK;
}

static bool add_piece(void *data, struct text piece)
{
	buf_text(data, piece);
	return true;
}

static enum file_answer fixture_read(const void *data, const char *path, uint64_t limit,
				     struct buf *out, struct err *err)
{
	return fixture_stream(data, path, limit, add_piece, out, err);
}

static enum file_answer fixture_link(const void *data, const char *path, struct buf *out,
				     struct err *err)
{
	const struct node *node;
	enum file_answer answer = find(data, path, false, &node, err);
	if (answer != FILE_OK)
		return answer;
	if (node->file.kind != GATHER_LINK) {
		err_set(err, ERR_INPUT, "it is not a symbolic link");
		return FILE_FAILED;
	}
	buf_add(out, node->content, node->content_len);
	return FILE_OK;
}

static enum file_answer fixture_list(const void *data, const char *path, file_name_fn each,
				     void *each_data, struct err *err)
{
	const struct node *node;
	enum file_answer answer = find(data, path, true, &node, err);
	if (answer != FILE_OK)
		return answer;
	if (!node->names || node->file.denied) {
		err_set(err, node->names ? ERR_REFUSED : ERR_INPUT,
			node->names ? "permission denied" : "it is not a folder");
		return FILE_FAILED;
	}
	size_t at = 0;
	struct text name;
	for (void *value; map_next(node->names, &at, &name, &value);) {
		const struct node *child = value;
		if (!each(each_data, name, (enum file_kind)child->file.kind))
			break;
	}
	return FILE_OK;
}

static void fixture_end(void *data)
{
	(void)data; /* lent */
}

/* Blocks as a file system of 4 KiB blocks has them, and one moment for all. */
static enum file_answer fixture_details(const void *data, const char *path, bool follow,
					struct file_details *details, struct err *err)
{
	*details = (struct file_details){0};
	enum file_answer answer = fixture_stat(data, path, follow, &details->stat, err);
	int64_t at_us = details->stat.mtime_us;
	struct file_moment at = {at_us / TIME_SECOND_US, (uint32_t)(at_us % TIME_SECOND_US) * 1000};
	bool stored = details->stat.kind == FILE_REGULAR || details->stat.kind == FILE_FOLDER;
	details->blocks = stored ? (details->stat.size + 4095) / 4096 * 8 : 0;
	details->block_size = 4096;
	details->accessed = details->modified = details->changed = at;
	return answer;
}

static const struct source memory = {
	.stat = fixture_stat,
	.details = fixture_details,
	.stream = fixture_stream,
	.read = fixture_read,
	.link = fixture_link,
	.list = fixture_list,
	.end = fixture_end,
};

void fixture_add_answer(struct fixture *fixture, struct text question, struct text answer)
{
	struct buf *copy = mem_new(1, sizeof(*copy));
	buf_text(copy, answer);
	struct buf *before = map_put(fixture->answers, question, copy);
	if (before)
		buf_free(before);
}

/* To the question, to its first two words, or to the first. */
static const struct buf *find_answer(const struct fixture *fixture, struct text question)
{
	const struct buf *known = map_get(fixture->answers, question);
	struct text rest = question, word;
	const char *ends[2] = {NULL, NULL};
	for (size_t i = 0; i < array_len(ends) && text_word(&rest, &word); i++)
		ends[i] = word.at + word.len;
	for (size_t i = array_len(ends); i > 0 && !known; i--)
		if (ends[i - 1])
			known = map_get(
				fixture->answers,
				(struct text){question.at, (size_t)(ends[i - 1] - question.at)});
	return known;
}

static enum gather_answer fixture_ask(void *data, struct text question, struct arena *arena,
				      struct text *answer, struct text *why)
{
	const struct fixture *fixture = data;
	const struct buf *known = find_answer(fixture, question);
	if (!known) {
		*why = TEXT("this example says nothing of it");
		return GATHER_MISSING;
	}
	*answer = arena_text(arena, buf_view(known));
	return GATHER_OK;
}

struct gather *fixture_gather(struct fixture *fixture, const struct gather_config *config)
{
	struct gather *gather = gather_new_from(&memory, fixture, config);
	gather_set_asker(gather,
			 (struct asker){.ask = fixture_ask, .data = fixture, .example = true});
	return gather;
}
