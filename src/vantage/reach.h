/* reach.h: whether a port can be reached from here.
 *
 * By TCP a connection is made and closed. By UDP a datagram is sent (to port 53 a question that
 * every name server answers, to 123 one for the time, else one byte), and what comes back is waited
 * for. Silence means open or filtered there, and nobody can tell which from here: "silent".
 *
 * How: {"proto":"tcp"} or udp. Answer: {"state":"open","address":"192.0.2.7"}. */
#pragma once
#include "vantage/vantage.h"

must_use bool reach_look(const struct vantage_question *question, struct json *answer,
			 struct err *err);
