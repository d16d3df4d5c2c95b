#include "server/api/files.h"

#include <string.h>

#include "base/map.h"
#include "format/digest.h"
#include "os/user/tree.h"
#include "server/api/web.h"

#define ARENA_MAX (WEB_FILES_BYTES_MAX + (4u << 20)) /* and names, tags, tables */
#define PLAIN "application/octet-stream"

struct file {
	struct text bytes;
	const char *type, *tag, *cache;
};

struct files {
	struct arena *arena;
	struct map *map; /* by "/name" */
	const struct file *index;
};

static const struct {
	const char *end, *type;
} types[] = {
	{".html", "text/html; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".svg", "image/svg+xml"},
	{".json", "application/json"},
	{".map", "application/json"},
	{".txt", "text/plain; charset=utf-8"},
	{".png", "image/png"},
	{".ico", "image/x-icon"},
	{".woff2", "font/woff2"},
	{".webmanifest", "application/manifest+json"},
};

static const char *type_of(struct text name)
{
	for (size_t i = 0; i < array_len(types); i++)
		if (text_ends(name, types[i].end))
			return types[i].type;
	return PLAIN;
}

static void add(struct files *files, const struct tree_file *from)
{
	char hash[65];
	struct file *file = arena_get(files->arena, 1, sizeof(*file));
	const char *name = arena_print(files->arena, "/%.*s", TEXT_ARG(from->name));
	digest_hex(from->bytes, hash);
	file->bytes = from->bytes;
	file->type = type_of(from->name);
	file->tag = arena_print(files->arena, "\"%.32s\"", hash);
	file->cache = text_starts(from->name, "assets/") ? "public, max-age=31536000, immutable"
							 : "no-cache";
	(void)map_put(files->map, text_of(name), file);
}

struct files *files_open(const char *folder, struct err *err)
{
	struct tree tree = {.count_max = WEB_FILES_MAX, .bytes_max = WEB_FILES_BYTES_MAX};
	struct files *files = mem_new(1, sizeof(*files));
	files->arena = arena_new(ARENA_MAX);
	files->map = map_new();
	if (!tree_read(folder, files->arena, &tree, err)) {
		err_add(err, "cannot read the dashboard's files");
		files_close(&files);
		return NULL;
	}
	for (size_t i = 0; i < tree.count; i++)
		add(files, &tree.files[i]);
	files->index = map_get(files->map, TEXT("/index.html"));
	if (!files->index) {
		err_set(err, ERR_INPUT, "%s has no index.html; build the dashboard with make ui",
			folder);
		files_close(&files);
	}
	return files;
}

void files_close(struct files **files)
{
	if (!*files)
		return;
	map_free(&(*files)->map);
	arena_free(&(*files)->arena);
	mem_free(files);
}

bool files_answer(const struct files *files, const struct http_request *request,
		  struct http_response *response)
{
	const struct file *file = map_get(files->map, request->target.path);
	if (!file && text_starts(request->target.path, "/assets/"))
		return false;
	if (!file)
		file = files->index;
	const char *known = http_header(request, "If-None-Match");
	http_put_header(response, "ETag", file->tag);
	http_put_header(response, "Cache-Control", file->cache);
	response->status = known && strcmp(known, file->tag) == 0 ? 304 : 200;
	if (response->status == 304)
		return true;
	response->type = file->type;
	response->lent = file->bytes;
	return true;
}
