#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "decimal.hpp"
#include "filled.hpp"
#include "handle_table.hpp"
#include "portcullis/subscriptions.hpp"
#include "text_api.hpp"

namespace portcullis::wasm {
namespace {

HandleTable<SubscriptionLedger>& ledgers() {
  static HandleTable<SubscriptionLedger> table;
  return table;
}

std::string list(const std::vector<std::uint32_t>& values) {
  std::string text = "[";
  for (const std::uint32_t value : values) {
    if (text.size() > 1) text += ',';
    append_decimal(text, value);
  }
  return text + "]";
}

std::string list(std::initializer_list<std::uint32_t> values) {
  return list(std::vector<std::uint32_t>(values));
}

std::uint32_t handle(int value) { return static_cast<std::uint32_t>(value); }

}  // namespace

int ledger_new() { return ledgers().add(std::make_unique<SubscriptionLedger>()); }

void ledger_free(int ledger) { ledgers().remove(ledger); }

int ledger_open_plugin(int ledger, const std::string& id) {
  SubscriptionLedger* found = ledgers().find(ledger);
  return found == nullptr ? 0 : static_cast<int>(found->open_plugin(id));
}

std::string ledger_close_plugin(int ledger, int plugin) {
  SubscriptionLedger* found = ledgers().find(ledger);
  SubscriptionLedger::Released released;
  if (found != nullptr) released = found->close_plugin(handle(plugin));
  return filled("[@,@,@]", {list(released.subscriptions), list(released.open_streams),
                            list(released.pending_streams)});
}

std::string ledger_open(int ledger, int plugin, const std::string& path) {
  SubscriptionLedger* found = ledgers().find(ledger);
  SubscriptionLedger::Opened opened;
  if (found != nullptr) opened = found->open(handle(plugin), path);
  return list({static_cast<std::uint32_t>(opened.code), opened.subscription, opened.stream,
               opened.must_connect ? 1U : 0U});
}

bool ledger_resolve(int ledger, int stream) {
  SubscriptionLedger* found = ledgers().find(ledger);
  return found != nullptr &&
         found->resolve(handle(stream)) == SubscriptionLedger::Resolution::kKeep;
}

std::string ledger_close(int ledger, int subscription) {
  SubscriptionLedger* found = ledgers().find(ledger);
  SubscriptionLedger::Closed closed;
  if (found != nullptr) closed = found->close(handle(subscription));
  return list({closed.known ? 1U : 0U, closed.stream, closed.must_close ? 1U : 0U,
               closed.was_pending ? 1U : 0U});
}

std::string ledger_end_stream(int ledger, int stream) {
  SubscriptionLedger* found = ledgers().find(ledger);
  return found == nullptr ? "[]" : list(found->end_stream(handle(stream)));
}

std::string ledger_subscribers(int ledger, int stream) {
  SubscriptionLedger* found = ledgers().find(ledger);
  return found == nullptr ? "[]" : list(found->subscribers(handle(stream)));
}

int ledger_subscription_count(int ledger, int plugin) {
  SubscriptionLedger* found = ledgers().find(ledger);
  if (found == nullptr) return 0;
  return static_cast<int>(found->subscription_count(handle(plugin)));
}

bool ledger_is_open(int ledger, int plugin) {
  SubscriptionLedger* found = ledgers().find(ledger);
  return found != nullptr && found->is_open(handle(plugin));
}

std::string ledger_plugin_of(int ledger, int stream) {
  SubscriptionLedger* found = ledgers().find(ledger);
  return found == nullptr ? std::string{} : std::string(found->plugin_of(handle(stream)));
}

std::string ledger_path_of(int ledger, int stream) {
  SubscriptionLedger* found = ledgers().find(ledger);
  return found == nullptr ? std::string{} : std::string(found->path_of(handle(stream)));
}

std::string ledger_totals(int ledger) {
  SubscriptionLedger* found = ledgers().find(ledger);
  if (found == nullptr) return "[0,0]";
  return list({static_cast<std::uint32_t>(found->subscription_count()),
               static_cast<std::uint32_t>(found->stream_count())});
}

}  // namespace portcullis::wasm
