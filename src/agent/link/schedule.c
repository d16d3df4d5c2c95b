#include "agent/link/schedule.h"

#include <string.h>

#include "base/time.h"
#include "format/digest.h"
#include "format/json.h"
#include "os/folder.h"

#define FILE_NAME "schedule.json"
#define FILE_MAX 4096

static int64_t spread(const char *agent)
{
	char hex[65];
	unsigned char bytes[6];
	digest_hex(text_of(agent), hex);
	must(text_to_bytes((struct text){hex, 2 * sizeof(bytes)}, bytes, sizeof(bytes)));
	int64_t number = 0;
	for (size_t i = 0; i < sizeof(bytes); i++)
		number = number << 8 | bytes[i];
	return number % TIME_DAY_US;
}

bool schedule_load(int folder, const char *agent, int64_t now_us, int64_t span_us,
		   struct schedule *schedule, struct err *err)
{
	*schedule = (struct schedule){.of_day_us = spread(agent)};
	struct buf text = {0};
	bool found = false;
	struct err damaged = {0};
	bool done = folder_read(folder, FILE_NAME, FILE_MAX, &text, &found, err);
	struct json *kept = done && found ? json_parse(buf_view(&text), &damaged) : NULL;
	struct text digest = json_text(kept, "documents");
	int64_t last_us = json_int(kept, "last_run_us", 0);
	if (last_us > 0 && digest.len == SCHEDULE_DIGEST_SIZE - 1) {
		int64_t ago_us = last_us < now_us ? now_us - last_us : 0; /* set back meanwhile */
		schedule->last_us = last_us;
		schedule->last_span_us = span_us - (ago_us < TIME_DAY_US ? ago_us : TIME_DAY_US);
		memcpy(schedule->digest, digest.at, digest.len);
	}
	json_free(&kept);
	buf_end(&text);
	return done;
}

bool schedule_ran(int folder, struct schedule *schedule, const char *digest, int64_t now_us,
		  int64_t span_us, struct err *err)
{
	struct buf text = {0};
	struct json *kept = json_new_object();
	json_put_int(kept, "last_run_us", now_us);
	json_put_cstr(kept, "documents", digest);
	json_write(kept, &text);
	json_free(&kept);
	bool done = folder_write(folder, FILE_NAME, buf_view(&text), 0600, err);
	buf_end(&text);
	if (!done)
		return false;
	schedule->last_us = now_us;
	schedule->last_span_us = span_us;
	memcpy(schedule->digest, digest, strlen(digest) + 1);
	return true;
}

bool schedule_forget(int folder, struct schedule *schedule, struct err *err)
{
	schedule->digest[0] = '\0';
	return folder_remove(folder, FILE_NAME, err);
}

int64_t schedule_wait(const struct schedule *schedule, const char *digest, int64_t now_us,
		      int64_t span_us)
{
	if (schedule->last_us == 0 || strcmp(schedule->digest, digest) != 0)
		return 0;
	/* the first moment after the last run that is the agent's time of day */
	int64_t since_us = (schedule->last_us - schedule->of_day_us) % TIME_DAY_US;
	since_us = since_us < 0 ? since_us + TIME_DAY_US : since_us;
	int64_t by_wall_us = schedule->last_us + TIME_DAY_US - since_us - now_us;
	int64_t by_span_us = schedule->last_span_us + TIME_DAY_US - span_us;
	int64_t wait_us = by_wall_us < by_span_us ? by_wall_us : by_span_us;
	return wait_us > 0 ? wait_us : 0;
}
