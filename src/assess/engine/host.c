#include "assess/engine/source.h"

/* The machine as a source: os/file.h, with the root as its data. */
static enum file_answer host_stat(const void *data, const char *path, bool follow,
				  struct file_stat *stat, struct err *err)
{
	return file_stat(data, path, follow, stat, err);
}

static enum file_answer host_details(const void *data, const char *path, bool follow,
				     struct file_details *details, struct err *err)
{
	return file_details(data, path, follow, details, err);
}

static enum file_answer host_stream(const void *data, const char *path, uint64_t limit,
				    file_fn each, void *each_data, struct err *err)
{
	return file_stream(data, path, limit, each, each_data, err);
}

static enum file_answer host_read(const void *data, const char *path, uint64_t limit,
				  struct buf *out, struct err *err)
{
	return file_read(data, path, limit, out, err);
}

static enum file_answer host_link(const void *data, const char *path, struct buf *out,
				  struct err *err)
{
	return file_link(data, path, out, err);
}

static enum file_answer host_list(const void *data, const char *path, file_name_fn each,
				  void *each_data, struct err *err)
{
	return file_list(data, path, each, each_data, err);
}

static void host_end(void *data)
{
	struct file_root *root = data;
	file_root_free(&root);
}

static const struct source host = {
	.stat = host_stat,
	.details = host_details,
	.stream = host_stream,
	.read = host_read,
	.link = host_link,
	.list = host_list,
	.end = host_end,
};

struct gather *gather_new(const struct gather_config *config, struct err *err)
{
	struct file_root *root = file_root_open(config->root ? config->root : "/", err);
	if (!root)
		return NULL;
	file_root_linger(root);
	return gather_new_from(&host, root, config);
}

struct gather *gather_again(struct gather *before, int64_t now_us)
{
	const void *data;
	must(gather_source(before, &data) == &host);
	const struct gather_config config = {.running = gather_is_running(before),
					     .now_us = now_us};
	struct file_root *root = file_root_share(data);
	file_root_linger(root);
	return gather_new_from(&host, root, &config);
}

const struct file_root *gather_root(struct gather *gather)
{
	const void *data;
	must(gather_source(gather, &data) == &host);
	return data;
}
