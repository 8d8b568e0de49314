// The text API as embind sees it. A name here is the name in js-glue/src/core/text_api.ts.
//
// std::string is what a text is on this side; embind_library.js has it cross as bytes, in both
// directions, so that nothing is decoded or cut at a lone surrogate, a NUL or a byte order mark.
#include <emscripten/bind.h>

#include <cstddef>
#include <cstdio>

#include "text_api.hpp"

EMSCRIPTEN_BINDINGS(text_api) {
  using emscripten::function;
  namespace wasm = portcullis::wasm;

  function("codeNames", &wasm::code_names);
  function("console", &wasm::console);

  function("admit", &wasm::admit);
  function("stopsVersion", &wasm::stops_version);

  function("freePlugin", &wasm::free_plugin);
  function("pluginCount", &wasm::plugin_count);
  function("decide", &wasm::decide);
  function("decideTopic", &wasm::decide_topic);
  function("canonicalize", &wasm::canonicalize_target);

  function("semverSatisfies", &wasm::semver_satisfies);
  function("semverValid", &wasm::semver_valid);
  function("semverValidRange", &wasm::semver_valid_range);
  function("semverCompare", &wasm::semver_compare);
  function("semverCheckEngine", &wasm::semver_check_engine);

  function("authzenRequests", &wasm::authzen_requests);
  function("authzenApply", &wasm::authzen_apply);

  function("integrityParse", &wasm::integrity_parse);
  function("integrityParseSri", &wasm::integrity_parse_sri);

  function("ledgerNew", &wasm::ledger_new);
  function("ledgerFree", &wasm::ledger_free);
  function("ledgerOpenPlugin", &wasm::ledger_open_plugin);
  function("ledgerClosePlugin", &wasm::ledger_close_plugin);
  function("ledgerOpen", &wasm::ledger_open);
  function("ledgerResolve", &wasm::ledger_resolve);
  function("ledgerClose", &wasm::ledger_close);
  function("ledgerEndStream", &wasm::ledger_end_stream);
  function("ledgerSubscribers", &wasm::ledger_subscribers);
  function("ledgerSubscriptionCount", &wasm::ledger_subscription_count);
  function("ledgerIsOpen", &wasm::ledger_is_open);
  function("ledgerPluginOf", &wasm::ledger_plugin_of);
  function("ledgerPathOf", &wasm::ledger_path_of);
  function("ledgerTotals", &wasm::ledger_totals);
}
