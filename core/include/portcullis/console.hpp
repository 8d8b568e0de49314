// Console: the core as one function from a JSON object to a JSON object.
//
// Exposes every decision of the core as text: both hosts offer it, and each row of spec/vectors is
// one request with its exact answer. Decides nothing itself. Answers have a fixed key order, so
// that hosts can be compared byte by byte.
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
// A line that cannot be answered gives {"error":code}: CONSOLE_BAD_JSON (not a JSON object, or a
// duplicate key), CONSOLE_UNKNOWN_OP, CONSOLE_BAD_ARGUMENT, CONSOLE_LINE_TOO_LONG, or the code of
// the module that rejected the input (TEMPLATE_*, PATH_*, INTEGRITY_*, SEMVER_INVALID_VERSION,
// EVENT_TOO_LARGE). Unknown keys are ignored. Limit: limits::kMaxConsoleLineBytes. Pure, stateless
// and thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace portcullis {

/// Answers one line, with or without its line end. Returns one line of JSON without line end.
[[nodiscard]] std::string console_line(std::string_view line);

}  // namespace portcullis
