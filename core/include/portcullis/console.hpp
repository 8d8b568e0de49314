// Console: the core as one function, a JSON object in, a JSON object out.
//
// Carries every decision of the core to whoever has only text: both hosts expose it, and every row
// of spec/vectors is one of its requests with the exact answer. It decides nothing itself. The
// answer's keys stand in a fixed order, so that two hosts can be compared byte by byte.
//
//   op                 in                                  out
//   admission.admit    purpose, facts: [condition or code]   {"code"}
//   admission.stopsVersion  quarantined?, version          {"result":bool}
//   semver.satisfies   version, range, includePrerelease?  {"result":bool}
//   semver.validRange  range                               {"result":text or null}
//   semver.valid       version                             {"result":text or null}
//   semver.compare     a, b                                {"result":-1, 0 or 1}
//   semver.engine      version, range                      {"compatible","code"}
//   path.canonicalize  target                              {"ok":true,"path","query"}
//                                                          or {"ok":false,"code"}
//   template.match     template, params?, path             {"match":bool,"params"}
//   topic.allowed      prefixes, topic                     {"allowed","code"}
//   topic.decide       manifest, topic                     the Decision
//   sse.parse          chunks_b64                          {"events","retry_ms","last_event_id"}
//   stamp.message      key_id, caller, method, target,     {"message"}: over the canonical target
//                      counter
//   stamp.page         key_id, change, step                {"message"}
//   stamp.parse        value                               {"ok":true,"key_id","counter","mac"}
//                                                          or {"ok":false,"code"}
//   manifest.validate  manifest: object or text            {"ok","problems"}
//   manifest.canonical manifest: object or text            {"manifest": object or null}
//   manifest.statement manifest, bundle: its hash          {"statement": text or null}
//   integrity.parse    value                               {"ok","algorithm","digest_hex"}
//   decide             manifest, method, target            the Decision
//   authzen.requests   manifests, subject                  {"evaluations":[...]}
//   authzen.apply      requests, status, body              {"decisions":[bool]}
//   ops                                                    {"ops":[names]}
//
// A line that cannot be answered gives {"error":code}: CONSOLE_BAD_JSON (no JSON object, or the
// same key twice), CONSOLE_UNKNOWN_OP, CONSOLE_BAD_ARGUMENT, CONSOLE_LINE_TOO_LONG, or the code of
// the module that refused the input (TEMPLATE_*, PATH_*, INTEGRITY_*, SEMVER_INVALID_VERSION,
// EVENT_TOO_LARGE). Keys that an op does not know are ignored.
//
// Limits: limits::kMaxConsoleLineBytes. Pure and stateless: the same line gives the same answer.
#pragma once

#include <string>
#include <string_view>

namespace portcullis {

/// Answers one line (its end-of-line left off or not). One line of JSON, without end-of-line.
[[nodiscard]] std::string console_line(std::string_view line);

}  // namespace portcullis
