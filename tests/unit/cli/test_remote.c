#include "cli/fleet/remote.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "unit.h"

/* What main would say. */
void command_say(const char *text, ...)
{
	(void)text;
}

static struct remote made(const char *url, const char *token)
{
	return (struct remote){.url = mem_text(url), .token = mem_text(token)};
}

test(keeps_a_server_for_its_user_alone)
{
	struct err err = {0};
	struct stat status;
	struct program program = {.home = unit_tmpdir()};
	struct remote remote = made("https://a:1", "word");
	assert_true(remote_store(&program, &remote, TEXT("PEM"), &err));
	remote_end(&remote);
	const char *path = unit_text("%s/.config/muster/server.json", program.home);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_true(remote_open(&program, &remote, &err));
	assert_string_equal(remote.url, "https://a:1");
	assert_string_equal(remote.token, "word");
	assert_string_equal(unit_read_file(remote.ca, NULL), "PEM");
	remote_end(&remote);
}

test(the_environment_wins)
{
	struct err err = {0};
	struct program program = {.home = unit_tmpdir()};
	struct remote remote = made("https://a:1", "stored");
	assert_true(remote_store(&program, &remote, TEXT(""), &err));
	remote_end(&remote);
	program.token = "own";
	assert_true(remote_open(&program, &remote, &err));
	assert_string_equal(remote.url, "https://a:1");
	assert_string_equal(remote.token, "own");
	remote_end(&remote);
	program.url = "https://a:1/";
	program.token = NULL;
	assert_true(remote_open(&program, &remote, &err)); /* the same place */
	assert_string_equal(remote.url, "https://a:1");
	assert_string_equal(remote.token, "stored");
	remote_end(&remote);
}

test(a_token_goes_to_its_own_server_alone)
{
	struct err err = {0};
	struct program program = {.home = unit_tmpdir()};
	struct remote remote = made("https://a:1", "stored");
	assert_true(remote_store(&program, &remote, TEXT("PEM"), &err));
	remote_end(&remote);
	program.url = "https://evil:1";
	assert_false(remote_open(&program, &remote, &err));
	assert_int_equal(err_exit(&err), 3);
	assert_non_null(strstr(err.text, "no token for https://evil:1"));
}

test(says_what_is_missing)
{
	struct err err = {0};
	struct remote remote;
	struct program program = {.home = unit_tmpdir()};
	assert_false(remote_open(&program, &remote, &err));
	assert_int_equal(err_exit(&err), 3);
	assert_non_null(strstr(err.text, "set MUSTER_URL, or run muster login"));
	static const char *const broken[] = {"",        "[]", "{}", "{\"url\":7}", "{\"url\":\"x\"",
					     "nonsense"};
	for (size_t i = 0; i < array_len(broken); i++) {
		err = (struct err){0};
		unit_write_file(unit_text("%s/.config/muster/server.json", program.home), broken[i],
				strlen(broken[i]));
		assert_false(remote_open(&program, &remote, &err));
		assert_int_equal(err.kind, ERR_INPUT);
		assert_non_null(strstr(err.text, "server.json"));
	}
	struct program homeless = {.url = "https://a:1"};
	err = (struct err){0};
	assert_false(remote_open(&homeless, &remote, &err));
	assert_non_null(strstr(err.text, "MUSTER_TOKEN"));
}

test(escapes_for_addresses)
{
	scoped(buf_end) struct buf out = {0};
	remote_escape(&out, TEXT("a b/c?d=%&\xc3\xa9-_.~"));
	assert_string_equal(out.at, "a%20b%2Fc%3Fd%3D%25%26%C3%A9-_.~");
}

test(a_refusal_has_its_kind)
{
	static const struct {
		int status, exit;
	} cases[] = {{400, 2}, {404, 2}, {409, 2}, {413, 2}, {429, 3}, {500, 3}, {503, 3}};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct err err = {0};
		struct remote_answer answer = {.status = cases[i].status,
					       .json = json_new_object()};
		json_put_cstr(answer.json, "detail", "because\033[2J");
		assert_false(remote_refuse(&answer, &err));
		assert_int_equal(err_exit(&err), cases[i].exit);
		assert_string_equal(err.text, "because\\x1b[2J");
		remote_answer_end(&answer);
	}
	struct err err = {0};
	struct remote_answer foreign = {.status = 418};
	assert_false(remote_refuse(&foreign, &err)); /* something else answers there */
	assert_int_equal(err_exit(&err), 3);
}
