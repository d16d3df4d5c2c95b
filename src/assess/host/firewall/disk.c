#include "assess/host/firewall/disk.h"

#include "assess/host/firewall/iptables.h"
#include "assess/host/firewall/nftfile.h"

struct disk {
	struct gather *gather;
	struct firewall *firewall;
	struct text *why;
	size_t files; /* that are there */
};

static bool read_nft(struct disk *disk, const char *path)
{
	enum gather_answer answer = nftfile_read(disk->gather, text_of(path), disk->firewall,
						 disk->why);
	disk->files += answer == GATHER_OK;
	return answer != GATHER_FAILED;
}

static bool read_iptables(struct disk *disk, const char *path, bool six)
{
	struct arena *arena = gather_arena(disk->gather);
	struct text content;
	uint64_t line;
	const struct iptables_file file = {.path = text_of(path), .six = six};
	switch (gather_read(disk->gather, text_of(path), &content, disk->why)) {
	case GATHER_OK:
		break;
	case GATHER_MISSING:
		return true;
	case GATHER_FAILED:
		return false;
	}
	disk->files++;
	if (iptables_parse(arena_text(arena, content), &file, disk->firewall, &line))
		return true;
	*disk->why = line == 0 ? TEXT("more than 100000 chains and rules")
			       : text_of(arena_print(arena, "%s:%u: this is not understood", path,
						     (unsigned)line));
	return false;
}

/* -------- ufw -------- */

#define UFW_CONF "/etc/ufw/ufw.conf"
#define UFW_DEFAULTS "/etc/default/ufw"

/* NAME="VALUE" of a shell's file; line 0: it is not there. */
static bool read_setting(struct disk *disk, const char *path, const char *name, struct text *value,
			 uint64_t *line)
{
	struct text content, row, key;
	*line = 0;
	*value = (struct text){0};
	switch (gather_read(disk->gather, text_of(path), &content, disk->why)) {
	case GATHER_OK:
		break;
	case GATHER_MISSING:
		return true;
	case GATHER_FAILED:
		return false;
	}
	for (uint64_t number = 1; text_next(&content, '\n', &row); number++) {
		if (!text_next(&row, '=', &key) || !text_is(text_trim(key), name))
			continue;
		row = text_trim(row);
		if (row.len > 1 && (row.at[0] == '"' || row.at[0] == '\'') &&
		    row.at[row.len - 1] == row.at[0])
			row = (struct text){row.at + 1, row.len - 2};
		*value = arena_text(gather_arena(disk->gather), row);
		*line = number;
	}
	return true;
}

static const struct {
	const char *setting, *chain, *hook;
} hooks[] = {
	{"DEFAULT_INPUT_POLICY", "INPUT", "input"},
	{"DEFAULT_OUTPUT_POLICY", "OUTPUT", "output"},
	{"DEFAULT_FORWARD_POLICY", "FORWARD", "forward"},
};

/* "DROP" */
static struct text policy_of(struct text value)
{
	if (text_is_alike(value, TEXT("accept")))
		return TEXT("accept");
	return text_is_alike(value, TEXT("reject")) ? TEXT("reject") : TEXT("drop");
}

/* ufw's own chains are called from those that packets come to: "ufw-user-input". */
static void put_hooks(struct firewall *firewall, size_t first, const struct text *policies)
{
	for (size_t i = first; i < firewall->count; i++) {
		struct firewall_rule *rule = &firewall->at[i];
		for (size_t j = 0; j < array_len(hooks) && !rule->is_chain; j++)
			if (text_starts(rule->chain, "ufw") && rule->hook.len == 0 &&
			    text_ends(rule->chain, hooks[j].hook)) {
				rule->hook = text_of(hooks[j].hook);
				rule->policy = policies[j];
				rule->type = TEXT("filter");
			}
	}
}

static bool add_policy(struct disk *disk, size_t which, struct text policy, uint64_t line)
{
	static const char *const families[] = {"ip", "ip6"};
	struct arena *arena = gather_arena(disk->gather);
	for (size_t i = 0; i < array_len(families); i++) {
		struct firewall_rule *rule = firewall_add(disk->firewall);
		if (!rule) {
			*disk->why = TEXT("more than 100000 chains and rules");
			return false;
		}
		*rule = (struct firewall_rule){
			.is_chain = true,
			.family = text_of(families[i]),
			.table = TEXT("filter"),
			.chain = text_of(hooks[which].chain),
			.hook = text_of(hooks[which].hook),
			.policy = policy,
			.type = TEXT("filter"),
			.text = text_of(arena_print(arena, "%s=\"%.*s\"", hooks[which].setting,
						    TEXT_ARG(policy))),
			.path = TEXT(UFW_DEFAULTS),
			.line = line > 0 ? line : 1,
		};
	}
	return true;
}

static bool read_ufw(struct disk *disk)
{
	static const struct {
		const char *path;
		bool six;
	} files[] = {
		{"/etc/ufw/before.rules", false}, {"/etc/ufw/user.rules", false},
		{"/etc/ufw/after.rules", false},  {"/etc/ufw/before6.rules", true},
		{"/etc/ufw/user6.rules", true},   {"/etc/ufw/after6.rules", true},
	};
	struct text enabled, value, policies[array_len(hooks)];
	uint64_t line;
	size_t first = disk->firewall->count;
	if (!read_setting(disk, UFW_CONF, "ENABLED", &enabled, &line))
		return false;
	if (!text_is_alike(enabled, TEXT("yes")))
		return true;
	for (size_t i = 0; i < array_len(hooks); i++) {
		if (!read_setting(disk, UFW_DEFAULTS, hooks[i].setting, &value, &line))
			return false;
		policies[i] = policy_of(value);
		if (!add_policy(disk, i, policies[i], line))
			return false;
	}
	disk->files++;
	for (size_t i = 0; i < array_len(files); i++)
		if (!read_iptables(disk, files[i].path, files[i].six))
			return false;
	put_hooks(disk->firewall, first, policies);
	return true;
}

enum gather_answer disk_read(struct gather *gather, struct firewall *firewall, struct text *why)
{
	struct disk disk = {.gather = gather, .firewall = firewall, .why = why};
	bool good = read_nft(&disk, "/etc/nftables.conf") &&
		    read_nft(&disk, "/etc/sysconfig/nftables.conf") &&
		    read_iptables(&disk, "/etc/iptables/rules.v4", false) &&
		    read_iptables(&disk, "/etc/iptables/rules.v6", true) &&
		    read_iptables(&disk, "/etc/sysconfig/iptables", false) &&
		    read_iptables(&disk, "/etc/sysconfig/ip6tables", true) && read_ufw(&disk);
	if (!good)
		return GATHER_FAILED;
	if (disk.files == 0)
		*why = TEXT("there are no rules on disk: no /etc/nftables.conf, "
			    "/etc/iptables/rules.v4, /etc/sysconfig/iptables, and ufw is not "
			    "enabled");
	return disk.files == 0 ? GATHER_MISSING : GATHER_OK;
}
