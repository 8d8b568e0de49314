// The calls that JavaScript makes rarely, as functions over text and numbers. text_bindings.cpp
// hands them to embind; nothing here decides, the core does.
//
// Texts go in and come out as UTF-8 bytes. Answers that have parts are JSON. A code goes out as its
// number in codes.hpp; code_names() gives the names in that order, so that the two sides cannot
// drift apart.
#pragma once

#include <cstdint>
#include <string>

namespace portcullis::wasm {

std::string code_names();
std::string console(const std::string& line);

/// The code for a Purpose by its number; `holds` has a bit for each AdmissionCondition but
/// kUntrusted, which the page cannot know.
int admit(int purpose, int holds);
bool stops_version(bool every, const std::string& quarantined, const std::string& running);

void free_plugin(int plugin);
int plugin_count();

/// The Decision as JSON; empty for an unknown handle.
std::string decide(int plugin, const std::string& method, const std::string& target);
std::string decide_topic(int plugin, const std::string& topic);

/// [code,canonical path]
std::string canonicalize_target(const std::string& target);

bool semver_satisfies(const std::string& version, const std::string& range,
                      bool include_prerelease);
std::string semver_valid(const std::string& version);  ///< "" when it is none
std::string semver_valid_range(const std::string& range, bool include_prerelease);  ///< ""
int semver_compare(const std::string& a, const std::string& b);  ///< 2 when one is none
/// Bits 0-14 the code, bit 15 pre-release near the boundary, bit 16 compatible.
int semver_check_engine(const std::string& host_version, const std::string& range);

/// `plugins` holds handles as little-endian 32-bit numbers. The first line is
/// {"places":[[first,routes,widgets],...],"counts":[...]}: for each plugin what stands where among
/// the answers of all batches, for each batch how many answers it wants. Then the bodies to send,
/// one a line.
std::string authzen_requests(const std::string& plugins, const std::string& subject_type,
                             const std::string& subject_id);
/// [code,[true,false,...]]
std::string authzen_apply(int requests, int status, const std::string& body);

/// [code,hex]; the second only takes what the wire carries.
std::string integrity_parse(const std::string& value);
std::string integrity_parse_sri(const std::string& value);

int ledger_new();
void ledger_free(int ledger);
int ledger_open_plugin(int ledger, const std::string& id);
/// [[subscriptions],[open streams],[pending streams]]
std::string ledger_close_plugin(int ledger, int plugin);
/// [code,subscription,stream,must_connect]
std::string ledger_open(int ledger, int plugin, const std::string& path);
bool ledger_resolve(int ledger, int stream);  ///< whether to keep it
/// [known,stream,must_close,was_pending]
std::string ledger_close(int ledger, int subscription);
/// [subscriptions]
std::string ledger_end_stream(int ledger, int stream);
std::string ledger_subscribers(int ledger, int stream);
int ledger_subscription_count(int ledger, int plugin);
bool ledger_is_open(int ledger, int plugin);
std::string ledger_plugin_of(int ledger, int stream);  ///< "" when the stream is not known
std::string ledger_path_of(int ledger, int stream);
std::string ledger_totals(int ledger);  ///< [subscriptions,streams]

}  // namespace portcullis::wasm
