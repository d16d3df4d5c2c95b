#include "assess/probe/answer.h"
#include "assess/probe/table.h"

#define FLAGS_MAX 1000 /* of one processor */
#define DMI "/sys/class/dmi/id/"

enum field {
	FIELD_CPU,
	FIELD_CPUS,
	FIELD_FLAGS,
	FIELD_MEMORY,
	FIELD_SWAP,
	FIELD_VIRTUALISATION,
	FIELD_CONTAINER,
	FIELD_VENDOR,
	FIELD_PRODUCT,
	FIELD_BIOS,
	FIELD_BIOS_DATE,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"cpu", "the processor's name", "AMD EPYC 7763", .type = VALUE_TEXT},
	{"cpus", "how many the kernel sees, threads counted", "2", .type = VALUE_INT},
	{"flags", "what the first processor can do", "aes, smep, smap", .type = VALUE_LIST},
	{"memory", "what the kernel has of it", "4G", .type = VALUE_SIZE},
	{"swap", "all of it", "1G", .type = VALUE_SIZE},
	{"virtualisation",
	 "the machine that this one runs in: kvm, vmware, microsoft, xen, oracle, amazon, google, "
	 "parallels, bhyve, apple, other; none",
	 "kvm", .type = VALUE_TEXT},
	{"container", "the container that this is, as its manager says; none", "docker",
	 .type = VALUE_TEXT},
	{"vendor", "who made the machine (DMI)", "QEMU", .type = VALUE_TEXT},
	{"product", "what it is called (DMI)", "Standard PC (Q35 + ICH9, 2009)",
	 .type = VALUE_TEXT},
	{"bios", "version of its firmware (DMI)", "1.16.2", .type = VALUE_VERSION},
	{"bios_date", "the day of that version (DMI)", "2014-04-01", .type = VALUE_TIME},
};

/* A small file's text, in the arena; at NULL: it can't be had. */
static struct text read_small(struct gather *gather, const char *path)
{
	struct text content, why;
	if (gather_read(gather, text_of(path), &content, &why) != GATHER_OK)
		return (struct text){0};
	return arena_text(gather_arena(gather), text_trim(content));
}

/* -------- /proc -------- */

/* "model name	: AMD EPYC": the value behind the key; false: the line is another's */
static bool is_key(struct text line, const char *key, struct text *value)
{
	struct text rest = line, own;
	if (!text_next(&rest, ':', &own) || !text_is(text_trim(own), key))
		return false;
	*value = rest.at ? text_trim(rest) : TEXT("");
	return true;
}

static void put_flags(struct gather *gather, struct value *value, struct text words)
{
	struct text word, *list = arena_get(gather_arena(gather), FLAGS_MAX, sizeof(*list));
	size_t count = 0;
	while (count < FLAGS_MAX && text_word(&words, &word))
		list[count++] = word;
	*value = (struct value){.type = VALUE_LIST, .list = list, .count = count};
}

static bool has_flag(const struct value *flags, const char *flag)
{
	for (size_t i = 0; flags->type == VALUE_LIST && i < flags->count; i++)
		if (text_is(flags->list[i], flag))
			return true;
	return false;
}

static void put_cpu(struct gather *gather, struct value *values)
{
	struct text rest = read_small(gather, "/proc/cpuinfo"), line, value;
	int64_t cpus = 0;
	while (text_next(&rest, '\n', &line)) {
		cpus += is_key(line, "processor", &value);
		if (values[FIELD_CPU].type == VALUE_NONE && is_key(line, "model name", &value))
			values[FIELD_CPU] = value_text(VALUE_TEXT, value);
		if (values[FIELD_FLAGS].type == VALUE_NONE &&
		    (is_key(line, "flags", &value) || is_key(line, "Features", &value)))
			put_flags(gather, &values[FIELD_FLAGS], value);
	}
	if (cpus > 0)
		values[FIELD_CPUS] = value_number(VALUE_INT, cpus);
}

/* "MemTotal:        4030020 kB" */
static void put_memory(struct gather *gather, struct value *values)
{
	struct text rest = read_small(gather, "/proc/meminfo"), line, value, word;
	while (text_next(&rest, '\n', &line)) {
		uint64_t kib;
		bool memory = is_key(line, "MemTotal", &value);
		if ((memory || is_key(line, "SwapTotal", &value)) && text_word(&value, &word) &&
		    text_to_u64(word, 0, INT64_MAX / 1024, &kib))
			values[memory ? FIELD_MEMORY : FIELD_SWAP] = value_number(
				VALUE_SIZE, (int64_t)kib * 1024);
	}
}

/* -------- DMI -------- */

/* "04/01/2014" */
static void put_day(struct value *value, struct text text)
{
	char day[11];
	if (text.len != 10 || text.at[2] != '/' || text.at[5] != '/')
		return;
	const char order[] = {text.at[6], text.at[7], text.at[8], text.at[9], '-',
			      text.at[0], text.at[1], '-',        text.at[3], text.at[4]};
	int64_t at_us;
	for (size_t i = 0; i < sizeof(order); i++)
		day[i] = order[i];
	if (time_read((struct text){day, sizeof(order)}, &at_us))
		*value = value_number(VALUE_TIME, at_us);
}

static void put_dmi(struct gather *gather, struct value *values)
{
	values[FIELD_VENDOR] = value_text(VALUE_TEXT, read_small(gather, DMI "sys_vendor"));
	values[FIELD_PRODUCT] = value_text(VALUE_TEXT, read_small(gather, DMI "product_name"));
	values[FIELD_BIOS] = value_text(VALUE_VERSION, read_small(gather, DMI "bios_version"));
	put_day(&values[FIELD_BIOS_DATE], read_small(gather, DMI "bios_date"));
}

/* By what their firmware calls itself: vendor or product contain the mark. */
static const struct {
	const char *mark, *name;
} marks[] = {
	{"Amazon EC2", "amazon"},
	{"Google", "google"},
	{"KVM", "kvm"},
	{"OpenStack", "kvm"},
	{"KubeVirt", "kvm"},
	{"QEMU", "kvm"},
	{"VMware", "vmware"},
	{"VMW", "vmware"},
	{"innotek GmbH", "oracle"},
	{"VirtualBox", "oracle"},
	{"Xen", "xen"},
	{"Bochs", "other"},
	{"Parallels", "parallels"},
	{"BHYVE", "bhyve"},
	{"Virtual Machine", "microsoft"},
	{"Apple Virtualization", "apple"},
};

static const char *find_virtualisation(struct gather *gather, const struct value *values)
{
	struct text type = read_small(gather, "/sys/hypervisor/type");
	if (type.at && text_is(type, "xen"))
		return "xen";
	for (size_t i = 0; i < array_len(marks); i++)
		for (size_t j = FIELD_VENDOR; j <= FIELD_PRODUCT; j++)
			if (values[j].type == VALUE_TEXT &&
			    text_find(values[j].text, text_of(marks[i].mark), &(size_t){0}))
				return marks[i].name;
	return has_flag(&values[FIELD_FLAGS], "hypervisor") ? "other" : "none";
}

static struct text find_container(struct gather *gather)
{
	struct gather_stat stat;
	struct text why, name = read_small(gather, "/run/systemd/container");
	if (name.at && name.len > 0)
		return name;
	if (gather_stat(gather, TEXT("/run/.containerenv"), true, &stat, &why) == GATHER_OK)
		return TEXT("podman");
	if (gather_stat(gather, TEXT("/.dockerenv"), true, &stat, &why) == GATHER_OK)
		return TEXT("docker");
	return TEXT("none");
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct value *values = rows_add(&rows, (struct evidence){.path = TEXT("/proc/cpuinfo")});
	if (!values)
		return;
	put_cpu(gather, values);
	put_memory(gather, values);
	put_dmi(gather, values);
	values[FIELD_VIRTUALISATION] = value_text(VALUE_TEXT,
						  text_of(find_virtualisation(gather, values)));
	values[FIELD_CONTAINER] = value_text(VALUE_TEXT, find_container(gather));
	rows.at[0].where.text = values[FIELD_CPU].text;
	rows_give(&rows);
}

const struct probe probe_hardware = {
	.name = "hardware",
	.help = "the machine: processor, memory, what it runs in, who made it; one row",
	.subject_help = "a query over the row",
	.subject_example = "virtualisation:kvm and memory >= 4G",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.live = true,
	.reads = "/proc/cpuinfo, /proc/meminfo, " DMI "*, /sys/hypervisor/type, "
		 "/run/systemd/container",
	.privilege = "none; what can't be read is absent",
	.cost = "some small files",
	.run = run,
};
