#include "agent/link/status.h"

#include "base/time.h"
#include "format/json.h"
#include "os/folder.h"

static const char *const names[] = {
	[CONNECTION_NEVER] = "connecting",
	[CONNECTION_UP] = "connected",
	[CONNECTION_DOWN] = "disconnected",
	[CONNECTION_REFUSED] = "refused",
};

const char *connection_name(enum connection connection)
{
	return names[connection];
}

static void put_time(struct json *json, const char *key, int64_t at_us)
{
	char text[TIME_TEXT_SIZE];
	time_put(at_us, text);
	if (at_us > 0)
		json_put_cstr(json, key, text);
	else
		json_put(json, key, NULL);
}

bool status_write(int folder, const struct link_status *status, struct err *err)
{
	struct buf text = {0};
	struct json *json = json_new_object();
	json_put_cstr(json, "connection", connection_name(status->connection));
	put_time(json, "since", status->since_us);
	put_time(json, "last_run", status->last_run_us);
	json_put_int(json, "documents", (int64_t)status->documents);
	json_put_int(json, "waiting", (int64_t)status->waiting);
	json_put_bool(json, "spool_full", status->full);
	json_put_cstr(json, "error", status->error);
	json_write(json, &text);
	json_free(&json);
	while (text.len < STATUS_FILE_SIZE - 1)
		buf_char(&text, ' ');
	buf_char(&text, '\n');
	/* Then, of all times, people ask how it is. */
	struct err why = {0}, other = {0};
	bool done = folder_write(folder, STATUS_FILE, buf_view(&text), 0600, &why) ||
		    folder_overwrite(folder, STATUS_FILE, buf_view(&text), &other);
	if (!done)
		*err = why;
	buf_end(&text);
	return done;
}
