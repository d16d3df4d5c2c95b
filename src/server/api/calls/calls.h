/* calls.h: what each route of the table does; docs/api.md has the shapes. */
#pragma once
#include "server/api/call.h"

/* session.c */
void call_login(struct call *call);
void call_logout(struct call *call);
void call_whoami(struct call *call);
void call_link(struct call *call);

/* hosts.c */
void call_hosts(struct call *call);
void call_host(struct call *call);
void call_host_tags(struct call *call);
void call_host_revoke(struct call *call);
void call_enrolment(struct call *call);

/* items.c */
void call_items(struct call *call);
void call_item(struct call *call);
void call_item_history(struct call *call);

/* documents.c */
void call_policies(struct call *call);
void call_policy(struct call *call);
void call_policy_push(struct call *call);
void call_policy_remove(struct call *call);
void call_requirements(struct call *call);
void call_requirement_put(struct call *call);
void call_requirement_remove(struct call *call);

/* waivers.c */
void call_waivers(struct call *call);
void call_waiver(struct call *call);
void call_waiver_add(struct call *call);
void call_waiver_end(struct call *call);

/* tokens.c */
void call_tokens(struct call *call);
void call_token_create(struct call *call);
void call_token_revoke(struct call *call);

/* actions.c */
void call_actions(struct call *call);
void call_action(struct call *call);
void call_action_start(struct call *call);

/* live.c */
void call_stream(struct call *call);

/* state.c */
void call_summary(struct call *call);
void call_health(struct call *call);
void call_ready(struct call *call);
void call_metrics(struct call *call);
void call_openapi(struct call *call); /* ../openapi.c */
