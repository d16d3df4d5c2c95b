#include <inttypes.h>
#include <string.h>

#include "assess/command/program.h"
#include "assess/command/table.h"
#include "assess/host/process.h"
#include "assess/probe/account.h"

#define TICKS 100 /* a second, as proc(5) counts */
#define PAGE_KB 4
#define DAY_S 86400

enum form { FORM_PLAIN, FORM_FULL, FORM_LABEL, FORM_BSD };

/* What /proc/PID/stat says beyond what all need. */
struct usage {
	char state;
	uint64_t session, group, foreground, terminal, ticks, threads, began, pages;
	int64_t nice;
};

struct listing {
	const struct native_call *call;
	enum form form;
	uint64_t boot_s, uptime_ticks, memory_kb;
	int width; /* of a process' number */
	struct buf out;
};

/* -------- reading -------- */

static bool read_file(struct listing *listing, const char *path, struct text *content)
{
	struct text why;
	return gather_read_once(listing->call->gather, text_of(path), NULL, content, &why) ==
	       GATHER_OK;
}

static uint64_t read_number(struct text text)
{
	uint64_t number = 0;
	struct text word;
	if (text_word(&text, &word))
		for (size_t i = 0; i < word.len && word.at[i] >= '0' && word.at[i] <= '9'; i++)
			number = number * 10 + (uint64_t)(word.at[i] - '0');
	return number;
}

static uint64_t read_field(struct text content, const char *name)
{
	struct text line;
	while (text_next(&content, '\n', &line))
		if (text_starts(line, name))
			return read_number(
				(struct text){line.at + strlen(name), line.len - strlen(name)});
	return 0;
}

/* "15482.42 …" */
static uint64_t read_ticks(struct text text)
{
	struct text seconds;
	return text_next(&text, '.', &seconds) ? read_number(seconds) * TICKS + read_number(text)
					       : 0;
}

static bool read_host(struct listing *listing)
{
	struct text content;
	if (!read_file(listing, "/proc/stat", &content))
		return false;
	listing->boot_s = read_field(content, "btime ");
	if (!read_file(listing, "/proc/uptime", &content))
		return false;
	listing->uptime_ticks = read_ticks(content);
	if (!read_file(listing, "/proc/meminfo", &content))
		return false;
	listing->memory_kb = read_field(content, "MemTotal:");
	listing->width = 5;
	if (read_file(listing, "/proc/sys/kernel/pid_max", &content))
		for (uint64_t most = read_number(content) - 1; most >= 100000; most /= 10)
			listing->width++;
	return true;
}

/* "812 (name) S PPID GROUP SESSION …" */
static bool read_usage(struct listing *listing, uint32_t pid, struct usage *usage)
{
	struct text content, words[24];
	const char *path = arena_print(gather_arena(listing->call->gather),
				       "/proc/%" PRIu32 "/stat", pid);
	size_t at, count = 0;
	if (!read_file(listing, path, &content))
		return false;
	for (at = content.len; at > 0 && content.at[at - 1] != ')';)
		at--;
	struct text rest = {content.at + at, content.len - at};
	while (count < array_len(words) && text_word(&rest, &words[count]))
		count++;
	if (at == 0 || count < 22)
		return false;
	*usage = (struct usage){
		.state = words[0].at[0],
		.group = read_number(words[2]),
		.session = read_number(words[3]),
		.terminal = read_number(words[4]),
		.foreground = words[5].at[0] == '-' ? UINT64_MAX : read_number(words[5]),
		.ticks = read_number(words[11]) + read_number(words[12]),
		.threads = read_number(words[17]),
		.began = read_number(words[19]),
		.pages = read_number(words[21]),
	};
	if (!text_to_i64(words[16], -20, 19, &usage->nice))
		usage->nice = 0;
	return true;
}

/* -------- columns -------- */

/* A name that is too long is cut, with a plus behind. */
static void add_user(struct buf *out, struct text user)
{
	if (user.len > 8)
		buf_print(out, "%.7s+", user.at);
	else
		buf_print(out, "%-8.*s", TEXT_ARG(user));
}

static const char *terminal_name(struct arena *arena, uint64_t number)
{
	unsigned major = (unsigned)(number >> 8 & 0xfff);
	unsigned minor = (unsigned)((number & 0xff) | (number >> 12 & 0xfff00));
	if (major >= 136 && major <= 143)
		return arena_print(arena, "pts/%u", (major - 136) * 256 + minor);
	if (major == 4 && minor < 64)
		return arena_print(arena, "tty%u", minor);
	if (major == 4)
		return arena_print(arena, "ttyS%u", minor - 64);
	return major == 5 && minor == 1 ? "console" : "?";
}

/* When it began, in UTC: 14:03 of today, Nov24 of this year, 2024. */
static const char *start_of(struct listing *listing, const struct usage *usage)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct arena *arena = gather_arena(listing->call->gather);
	int64_t now = gather_now_us(listing->call->gather) / TIME_SECOND_US;
	int64_t began = (int64_t)(listing->boot_s + usage->began / TICKS);
	char shown[TIME_TEXT_SIZE], today[TIME_TEXT_SIZE];
	if (now == 0)
		now = (int64_t)(listing->boot_s + listing->uptime_ticks / TICKS);
	time_put(began * TIME_SECOND_US, shown);
	time_put(now * TIME_SECOND_US, today);
	uint64_t month = read_number((struct text){shown + 5, 2});
	if (strncmp(shown, today, 10) == 0)
		return arena_print(arena, "%.5s", shown + 11);
	if (strncmp(shown, today, 4) == 0 && month >= 1 && month <= 12)
		return arena_print(arena, "%s%.2s", months[month - 1], shown + 8);
	return arena_print(arena, "%.4s", shown);
}

static const char *time_of(struct listing *listing, const struct usage *usage)
{
	struct arena *arena = gather_arena(listing->call->gather);
	unsigned seconds = (unsigned)(usage->ticks / TICKS);
	if (listing->form == FORM_BSD)
		return arena_print(arena, "%3u:%02u", seconds / 60, seconds % 60);
	const char *days = seconds >= DAY_S ? arena_print(arena, "%u-", seconds / DAY_S) : "";
	return arena_print(arena, "%s%02u:%02u:%02u", days, seconds / 3600 % 24, seconds / 60 % 60,
			   seconds % 60);
}

static const char *state_of(struct listing *listing, const struct process *process,
			    const struct usage *usage, bool locked)
{
	struct arena *arena = gather_arena(listing->call->gather);
	return arena_print(arena, "%c%s%s%s%s%s", usage->state,
			   usage->nice < 0   ? "<"
			   : usage->nice > 0 ? "N"
					     : "",
			   locked ? "L" : "", usage->session == process->pid ? "s" : "",
			   usage->threads > 1 ? "l" : "",
			   usage->foreground == usage->group ? "+" : "");
}

/* Control characters and bytes beyond ASCII are question marks. */
static void add_plain(struct buf *out, struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		buf_char(out, text.at[i] >= ' ' && text.at[i] <= '~' ? text.at[i] : '?');
}

static void add_command(struct listing *listing, const struct process *process,
			const struct usage *usage)
{
	struct buf *out = &listing->out;
	bool whole = listing->form == FORM_FULL || listing->form == FORM_BSD;
	if (whole && process->cmdline.len > 0) {
		add_plain(out, process->cmdline);
	} else {
		buf_cstr(out, whole ? "[" : "");
		add_plain(out, process->name);
		buf_cstr(out, whole ? "]" : "");
		buf_cstr(out, whole && usage->state == 'Z' ? " <defunct>" : "");
	}
	buf_char(out, '\n');
}

static void add_label(struct listing *listing, const struct process *process)
{
	struct text content;
	const char *path = arena_print(gather_arena(listing->call->gather),
				       "/proc/%" PRIu32 "/attr/current", process->pid);
	size_t len = 0;
	if (!read_file(listing, path, &content))
		content = TEXT("-");
	while (len < content.len && content.at[len] >= ' ' && content.at[len] <= '~')
		len++;
	struct text label = len > 0 ? (struct text){content.at, len} : TEXT("-");
	buf_print(&listing->out, "%-31.*s ", TEXT_ARG(label));
}

/* Of the processor's time since it began, in so many parts. */
static uint64_t share_of(struct listing *listing, const struct usage *usage, uint64_t parts)
{
	uint64_t life = listing->uptime_ticks > usage->began ? listing->uptime_ticks - usage->began
							     : 0;
	return life > 0 ? usage->ticks * parts / life : 0;
}

static void add_full(struct listing *listing, const struct process *process,
		     const struct usage *usage)
{
	uint64_t percent = share_of(listing, usage, 100);
	add_user(&listing->out, account_user(listing->call->gather, process->uid));
	buf_print(&listing->out, " %*" PRIu32 " %*" PRIu32 " %2u %5s %-8s %8s ", listing->width,
		  process->pid, listing->width, process->ppid,
		  (unsigned)(percent > 99 ? 99 : percent), start_of(listing, usage),
		  terminal_name(gather_arena(listing->call->gather), usage->terminal),
		  time_of(listing, usage));
}

static void add_bsd(struct listing *listing, const struct process *process,
		    const struct usage *usage)
{
	struct arena *arena = gather_arena(listing->call->gather);
	struct text content;
	uint64_t cpu = share_of(listing, usage, 1000);
	uint64_t size = 0, locked = 0, resident = usage->pages * PAGE_KB;
	if (read_file(listing, arena_print(arena, "/proc/%" PRIu32 "/status", process->pid),
		      &content)) {
		size = read_field(content, "VmSize:");
		locked = read_field(content, "VmLck:");
		resident = read_field(content, "VmRSS:");
	}
	uint64_t memory = listing->memory_kb > 0 ? resident * 1000 / listing->memory_kb : 0;
	memory = memory > 999 ? 999 : memory;
	const char *share = arena_print(arena, "%u.%u", (unsigned)cpu / 10, (unsigned)cpu % 10);
	add_user(&listing->out, account_user(listing->call->gather, process->uid));
	buf_print(&listing->out, " %*" PRIu32 " %4s %2u.%u %6" PRIu64 " %5" PRIu64 " %-8s %-4s ",
		  listing->width, process->pid,
		  cpu > 999 ? arena_print(arena, "%u", (unsigned)cpu / 10) : share,
		  (unsigned)memory / 10, (unsigned)memory % 10, size, resident,
		  terminal_name(arena, usage->terminal),
		  state_of(listing, process, usage, locked > 0));
	buf_print(&listing->out, "%5s %6s ", start_of(listing, usage), time_of(listing, usage));
}

static void add_process(struct listing *listing, const struct process *process)
{
	struct usage usage;
	if (!read_usage(listing, process->pid, &usage))
		return; /* it has ended */
	switch (listing->form) {
	case FORM_LABEL:
	case FORM_PLAIN:
		if (listing->form == FORM_LABEL)
			add_label(listing, process);
		buf_print(&listing->out, "%*" PRIu32 " %-8s %8s ", listing->width, process->pid,
			  terminal_name(gather_arena(listing->call->gather), usage.terminal),
			  time_of(listing, &usage));
		break;
	case FORM_FULL:
		add_full(listing, process, &usage);
		break;
	case FORM_BSD:
		add_bsd(listing, process, &usage);
		break;
	}
	add_command(listing, process, &usage);
}

static void add_head(struct listing *listing)
{
	struct buf *out = &listing->out;
	int width = listing->width;
	switch (listing->form) {
	case FORM_LABEL:
	case FORM_PLAIN:
		buf_cstr(out,
			 listing->form == FORM_LABEL ? "LABEL                           " : "");
		buf_print(out, "%*s TTY          TIME CMD\n", width, "PID");
		break;
	case FORM_FULL:
		buf_print(out, "UID      %*s %*s  C STIME TTY          TIME CMD\n", width, "PID",
			  width, "PPID");
		break;
	case FORM_BSD:
		buf_print(out,
			  "USER     %*s %%CPU %%MEM    VSZ   RSS TTY      STAT START   TIME "
			  "COMMAND\n",
			  width, "PID");
		break;
	}
}

/* -------- the row -------- */

/* "-ef", "-e -f", "-eZ", "aux" and their like; also -C NAME. */
static bool read_form(const struct native_call *call, enum form *form, struct text *name)
{
	enum option {
		OPTION_ALL,
		OPTION_ALL_TOO,
		OPTION_FULL,
		OPTION_LABEL,
		OPTION_NAME,
		OPTION_COUNT
	};
	static const struct program_option options[] = {{'e', NULL, false},
							{'A', NULL, false},
							{'f', NULL, false},
							{'Z', NULL, false},
							{'C', NULL, true}};
	static const char *const bsd[] = {"aux", "axu", "auxw", "auxww"};
	struct program_args args;
	*name = (struct text){0};
	*form = FORM_BSD;
	for (size_t i = 0; i < array_len(bsd) && call->argc == 2; i++)
		if (text_is(call->argv[1], bsd[i]))
			return true;
	if (!program_read_args(call, options, OPTION_COUNT, &args) || args.word_count > 0 ||
	    (args.given[OPTION_FULL] && args.given[OPTION_LABEL]))
		return false;
	bool all = args.given[OPTION_ALL] || args.given[OPTION_ALL_TOO];
	*name = args.values[OPTION_NAME];
	*form = args.given[OPTION_FULL]    ? FORM_FULL
		: args.given[OPTION_LABEL] ? FORM_LABEL
					   : FORM_PLAIN;
	return all != (name->at != NULL);
}

/* The kernel keeps 15 bytes of a name. */
static bool has_name(const struct process *process, struct text names)
{
	struct text name;
	while (text_next(&names, ',', &name)) {
		struct text kept = {name.at, name.len < 15 ? name.len : 15};
		if (text_is_equal(process->name, kept))
			return true;
	}
	return false;
}

static bool answer_ps(const struct native_call *call, struct native_answer *answer)
{
	struct listing listing = {.call = call};
	const struct processes *processes;
	struct text why, name;
	if (!read_form(call, &listing.form, &name))
		return false;
	if (!call->gather || !program_is_here(call, answer) ||
	    !program_is_live(call, answer, "which processes run"))
		return true;
	if (process_read(call->gather, &processes, &why) != GATHER_OK)
		return native_fail(answer, why);
	if (!read_host(&listing))
		return native_fail(answer, TEXT("/proc does not tell when this host was started"));
	scoped(buf_end) struct buf err = {0};
	bool any = false;
	add_head(&listing);
	for (size_t i = 0; i < processes->count; i++)
		if (!name.at || has_name(&processes->at[i], name)) {
			add_process(&listing, &processes->at[i]);
			any = true;
		}
	program_end(call, answer, &listing.out, &err, any ? 0 : 1);
	buf_end(&listing.out);
	return true;
}

const struct native native_ps = {
	.program = "ps",
	.forms = "-ef; -e; -eZ; aux; -C NAME,…",
	.reads = "/proc/PID/stat, status and cmdline; /proc/PID/attr with -Z",
	.prints = "a line a process; times in UTC; ps itself is not among them",
	.answer = answer_ps,
};
