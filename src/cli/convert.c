#include <string.h>

#include "assess/policy/muster/write.h"
#include "cli/option.h"
#include "cli/policies.h"
#include "os/output.h"

static int write_out(const char *path, struct text text)
{
	struct err err = {0};
	bool gone = false;
	int fd = path ? output_open(path, &err) : OUTPUT_STANDARD;
	if (fd < 0)
		return command_fail(&err);
	bool written = path ? output_replace(fd, text, &gone, &err)
			    : output_write(fd, text, &gone, &err);
	if (path)
		output_close(&fd);
	return written || gone ? 0 : command_fail(&err);
}

static int convert(const struct policies_set *set, const char *output)
{
	scoped(buf_end) struct buf out = {0};
	const struct policies_file *file = &set->files[0];
	const char *name = strrchr(file->path, '/');
	if (set->count != 1) {
		command_say("convert: one file at a time; name a file, not a folder");
		return 2;
	}
	if (policy_format(file->text) == POLICY_MUSTER) {
		command_say("%s is a policy in Muster YAML already", file->path);
		return 2;
	}
	policy_write(set->policies.list, set->policies.count, text_of(name ? name + 1 : file->path),
		     &out);
	return write_out(output, buf_view(&out));
}

static int run(const struct program *program, int argc, char **argv)
{
	static const char *const formats[] = {"yaml", NULL};
	const char *to = "yaml", *output = NULL;
	const struct option_row rows[] = {
		{"to", 0, "FORMAT", "yaml (default), which is Muster YAML", formats, NULL, &to,
		 NULL},
		{"output", 0, "FILE", "write to FILE instead of standard output", NULL, NULL,
		 &output, NULL},
	};
	int status;
	if (!option_read(&command_convert, rows, array_len(rows), &argc, &argv, &status))
		return status;
	if (argc != 1)
		return option_wrong(&command_convert, "name one file: a policy of another format");
	scoped(policies_set_end) struct policies_set set = {0};
	policies_read(&set, program, argv, 1);
	set.policies.unproven = true;
	policies_load(&set);
	policies_say_errors(&set);
	if (set.status != 0 || set.count == 0)
		return set.status;
	return convert(&set, output);
}

const struct command command_convert = {
	.name = "convert",
	.usage = "convert FILE [--to yaml] [--output FILE]",
	.help = "write a policy of another format as Muster YAML",
	.example = "muster convert action.json --output action.yaml",
	.run = run,
};
