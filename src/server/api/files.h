/* files.h: the dashboard's files: read once, served from memory, so that no address can reach
 * another file.
 *
 * Files below assets/ carry a hash in their name and may be kept for a year; others are asked for
 * again by their entity tag. An address that is no file's answers index.html, the page that reads
 * the address itself. */
#pragma once
#include "net/http/http.h"

struct files;

/* ERR_LIMIT: more than WEB_FILES_MAX or WEB_FILES_BYTES_MAX; ERR_INPUT: no index.html. */
must_use struct files *files_open(const char *folder, struct err *err);
void files_close(struct files **files);
/* False: there is no such file, and no page either (a file below assets/ that another version had).
 */
must_use bool files_answer(const struct files *files, const struct http_request *request,
			   struct http_response *response);
