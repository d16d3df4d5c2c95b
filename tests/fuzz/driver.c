/* driver: main() of a fuzz target where libFuzzer isn't: hands every file of the folders given as
 * arguments to the target, once. A line of TAP a folder; the last "# file" before a crash names
 * the culprit. */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_SIZE_MAX (64 << 20) /* as large as a file that Muster reads by default */

/* Reads the file whole; the block is as large as the input, so that ASan sees one byte too many. */
static bool read_input(const char *path, uint8_t **bytes, size_t *len)
{
	struct stat status;
	bool done = false;

	FILE *file = fopen(path, "rb");
	if (file == NULL)
		return false;
	if (fstat(fileno(file), &status) == 0 && status.st_size <= INPUT_SIZE_MAX) {
		*len = (size_t)status.st_size;
		*bytes = malloc(*len > 0 ? *len : 1);
		done = *bytes != NULL && fread(*bytes, 1, *len, file) == *len;
	}
	fclose(file);
	return done;
}

static bool replay_file(const char *path)
{
	uint8_t *bytes = NULL;
	size_t len = 0;

	printf("# %s\n", path);
	fflush(stdout);
	bool done = read_input(path, &bytes, &len);
	if (done)
		LLVMFuzzerTestOneInput(bytes, len);
	else
		printf("# cannot read %s: %s\n", path, strerror(errno));
	free(bytes);
	return done;
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Replays a folder in the order of its names. Returns how many inputs it held, -1 on failure. */
static int replay_folder(const char *folder)
{
	struct dirent **entries;
	bool done = true;

	int count = scandir(folder, &entries, is_input, alphasort);
	if (count < 0) {
		printf("# cannot read %s: %s\n", folder, strerror(errno));
		return -1;
	}
	for (int i = 0; i < count; i++) {
		char path[4096];
		int len = snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		done = len > 0 && (size_t)len < sizeof(path) && replay_file(path) && done;
		free(entries[i]);
	}
	free(entries);
	return done ? count : -1;
}

int main(int count, char **arguments)
{
	int failed = 0;

	if (count < 2) {
		fprintf(stderr, "usage: %s FOLDER...\n", arguments[0]);
		return 2;
	}
	printf("1..%d\n", count - 1);
	for (int i = 1; i < count; i++) {
		const char *slash = strrchr(arguments[i], '/');
		const char *name = slash != NULL ? slash + 1 : arguments[i];
		int inputs = replay_folder(arguments[i]);
		failed += inputs <= 0;
		printf("%s %d - %s: %d inputs\n", inputs > 0 ? "ok" : "not ok", i, name,
		       inputs > 0 ? inputs : 0);
	}
	return failed == 0 ? 0 : 1;
}
