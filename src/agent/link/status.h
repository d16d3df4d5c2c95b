/* status.h: what the agent tells about itself to `muster-agent status`: a small file that the link
 * writes. */
#pragma once
#include "base/err.h"

#define STATUS_FILE "status.json"
#define STATUS_FILE_MAX 8192
#define STATUS_FILE_SIZE 4096 /* filled up with blanks: so that it can be written over in place */

enum connection { CONNECTION_NEVER, CONNECTION_UP, CONNECTION_DOWN, CONNECTION_REFUSED };

struct link_status {
	enum connection connection;
	int64_t since_us;    /* since when it is so */
	int64_t last_run_us; /* the last whole run of what is assigned; 0: none */
	size_t documents;
	uint64_t waiting;          /* items that the server has not acknowledged */
	bool full;                 /* the spool takes no further run */
	char error[ERR_TEXT_SIZE]; /* the last thing that went wrong and has not been mended; "" */
};

must_use const char *connection_name(enum connection connection);
/* Where there is no room for another file, over the old one. */
must_use bool status_write(int folder, const struct link_status *status, struct err *err);
