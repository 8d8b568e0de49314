#include "domain/config.hpp"

#include <algorithm>
#include <functional>

namespace portcullis::bff {

std::size_t User::credential() const { return KeyedHash{}(password); }

bool User::may_use(std::string_view tenant) const {
  return std::find(tenants.begin(), tenants.end(), tenant) != tenants.end();
}

LimitSettings LimitSettings::filled() const {
  LimitSettings out = *this;
  const auto fill = [](int& value, int made) {
    if (value == 0) value = std::max(1, made);
  };
  fill(out.connections_per_address, connections - connections / 2);
  fill(out.streams_per_account, std::max(256, streams_per_session));
  fill(out.streams_per_address, connections - connections / 2);
  fill(out.streams_per_tenant, connections - connections / 4);
  return out;
}

std::size_t Snapshot::plugin_count() const {
  std::size_t count = 0;
  for (const auto& [id, tenant] : tenants) count += tenant->plugins.size();
  return count;
}

}  // namespace portcullis::bff
