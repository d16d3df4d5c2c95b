#include "assess/host/firewall/rule.h"

struct firewall_rule *firewall_add(struct firewall *firewall)
{
	if (firewall->count == FIREWALL_RULES_MAX)
		return NULL;
	firewall->at = arena_grow(firewall->arena, firewall->at, &firewall->room,
				  firewall->count + 1, sizeof(*firewall->at));
	struct firewall_rule *rule = &firewall->at[firewall->count++];
	*rule = (struct firewall_rule){0};
	return rule;
}

void firewall_put(struct firewall *firewall, struct firewall_list *list, struct text text)
{
	if (list->count > FIREWALL_PARTS_MAX)
		return;
	list->at = arena_grow(firewall->arena, list->at, &list->room, list->count + 1,
			      sizeof(*list->at));
	list->at[list->count] = list->count == FIREWALL_PARTS_MAX
					? TEXT("…")
					: arena_text(firewall->arena, text);
	list->count++;
}

struct text firewall_protocol(struct arena *arena, unsigned number)
{
	static const struct {
		unsigned number;
		const char *name;
	} names[] = {
		{1, "icmp"},  {2, "igmp"},   {6, "tcp"},    {17, "udp"},       {33, "dccp"},
		{47, "gre"},  {50, "esp"},   {51, "ah"},    {58, "ipv6-icmp"}, {89, "ospf"},
		{103, "pim"}, {108, "comp"}, {112, "vrrp"}, {132, "sctp"},     {136, "udplite"},
	};
	for (size_t i = 0; i < array_len(names); i++)
		if (names[i].number == number)
			return text_of(names[i].name);
	return text_of(arena_print(arena, "%u", number));
}
