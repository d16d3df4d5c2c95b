#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/option.h"
#include "cli/fleet/remote.h"
#include "os/user/operand.h"
#include "os/user/terminal.h"

#define CA_MAX (256u * 1024)

static bool read_token(const char *file, struct buf *token, struct err *err)
{
	if (!file)
		return terminal_secret("Token: ", token, err);
	if (!operand_read(file, TERMINAL_SECRET_MAX, token, err))
		return false;
	struct text word = text_trim(buf_view(token));
	if (word.len == 0)
		return err_set(err, ERR_INPUT, "%s is empty; it should hold a token", file);
	buf_drop(token, (size_t)(word.at - token->at));
	token->at[word.len] = '\0';
	token->len = word.len;
	return true;
}

static bool sign_in(const struct program *program, struct remote *remote, struct err *err)
{
	scoped(buf_end) struct buf ca = {0};
	if (remote->ca && !operand_read(remote->ca, CA_MAX, &ca, err))
		return err_set(err, ERR_SYSTEM,
			       "cannot read the CA file %s; give the server's ca.pem with --ca",
			       remote->ca);
	scoped(json_free) struct json *who = remote_call(remote, "GET", "/api/v1/whoami", NULL,
							 err);
	if (!who || !remote_store(program, remote, buf_view(&ca), err))
		return false;
	printf("signed in to %s as %.*s, %.*s\n", remote->url, TEXT_ARG(json_text(who, "name")),
	       TEXT_ARG(json_text(who, "role")));
	return true;
}

static int run(const struct program *program, int argc, char **argv)
{
	struct err err = {0};
	const char *file = NULL, *ca = program->ca;
	int status;
	const struct option_row rows[] = {
		{.name = "token-file",
		 .value = "FILE",
		 .help = "where the token is; else it is asked for",
		 .text = &file},
		{.name = "ca",
		 .value = "FILE",
		 .help = "the server's ca.pem; else MUSTER_CA, or whom this system believes",
		 .text = &ca},
	};
	if (!option_read(&command_login, rows, array_len(rows), &argc, &argv, &status))
		return status;
	if (argc > 1 || (argc == 0 && !program->url))
		return option_wrong(&command_login,
				    "give the server's address, such as https://HOST:8443");
	const char *url = argc == 1 ? argv[0] : program->url;
	scoped(buf_end) struct buf token = {0}, whole = {0};
	buf_print(&whole, "%s%s", strstr(url, "://") ? "" : "https://", url);
	if (!read_token(file, &token, &err))
		return command_fail(&err);
	struct remote remote = {
		.url = mem_text(whole.at), .token = mem_text(token.at), .ca = mem_text(ca)};
	explicit_bzero(token.at, token.len);
	status = sign_in(program, &remote, &err) ? 0 : command_fail(&err);
	remote_end(&remote);
	return status;
}

const struct command command_login = {"login", "login URL [--token-file FILE] [--ca FILE]",
				      "remember a server and a token for it",
				      "muster login https://muster.example.net:8443 --ca ca.pem",
				      run};
