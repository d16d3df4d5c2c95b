#include "os/watch/look/dump.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

/* A socket of TCP on loopback that does not listen yet. */
static int bind_somewhere(void)
{
	const struct sockaddr_in here = {.sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&here, sizeof(here)), 0);
	return fd;
}

test(finds_who_listens_and_nothing_where_nobody_does)
{
	struct file_root *root;
	struct err err = {0};
	uint64_t before, after, again;
	struct dump *dump = dump_new();
	root = file_root_open("/", &err);
	assert_non_null(root);
	int fd = bind_somewhere();     /* bound alone is no change: it does not listen */
	for (int i = 0; i < 20; i++) { /* others may listen on this host meanwhile */
		assert_true(dump_look(dump, root, DUMP_LISTENING, &before));
		assert_true(dump_look(dump, root, DUMP_LISTENING, &again));
		if (before == again)
			break;
	}
	assert_true(before == again);
	assert_int_equal(listen(fd, 1), 0);
	assert_true(dump_look(dump, root, DUMP_LISTENING, &after));
	assert_true(after != before);
	close(fd);
	assert_true(dump_look(dump, root, DUMP_INTERFACES, &before));
	assert_true(dump_look(dump, root, DUMP_ADDRESSES, &after));
	assert_true(before != after);
	dump_free(&dump);
	file_root_free(&root);
}

#define SOCKETS_HEAD "  sl  local_address rem_address   st\n"
#define SOCKETS_LINE(state, queue, inode)                                                         \
	"   0: 0100007F:0016 00000000:0000 " state " 00000000:" queue " 00:00000000 0 0 0 " inode \
	" 1 x\n"

test(minds_of_the_tables_of_sockets_what_lasts)
{
	static const struct {
		const char *what, *table, *state;
		bool same; /* as the first */
	} cases[] = {
		{"as it is", SOCKETS_HEAD SOCKETS_LINE("0A", "00000000", "7"), "0A", true},
		{"a queue", SOCKETS_HEAD SOCKETS_LINE("0A", "00000009", "7"), "0A", true},
		{"one that does not listen",
		 SOCKETS_HEAD SOCKETS_LINE("0A", "00000000", "7") SOCKETS_LINE("01", "0", "8"),
		 "0A", true},
		{"a line that is none", SOCKETS_HEAD SOCKETS_LINE("0A", "00000000", "7") "1: x\n",
		 "0A", true},
		{"another socket", SOCKETS_HEAD SOCKETS_LINE("0A", "00000000", "8"), "0A", false},
		{"two", SOCKETS_HEAD SOCKETS_LINE("0A", "0", "7") SOCKETS_LINE("0A", "0", "8"),
		 "0A", false},
		{"none", SOCKETS_HEAD, "0A", false},
	};
	uint64_t first = 0;
	dump_fold_table(text_of(cases[0].table), cases[0].state, &first);
	for (size_t i = 0; i < array_len(cases); i++) {
		uint64_t print = 0;
		dump_fold_table(text_of(cases[i].table), cases[i].state, &print);
		if ((print == first) != cases[i].same)
			fail_msg("%s", cases[i].what);
	}
}
