export interface Hour {
  readonly hour: string;
  readonly revenue: number;
}

export interface Region {
  readonly id: string;
  readonly name: string;
  readonly revenue: number;
}

/** The response of `GET /api/sales/summary`. */
export interface Summary {
  readonly currency: string;
  readonly revenue: number;
  readonly orders: number;
  readonly average: number;
  readonly change_percent: number;
  readonly hours: readonly Hour[];
  readonly regions: readonly Region[];
}

/** One event of `/events/orders`. */
export interface Order {
  readonly id: string;
  readonly customer: string;
  readonly item: string;
  readonly total: number;
  readonly region: string;
}

export function money(value: number, currency = 'EUR', digits = 0): string {
  return new Intl.NumberFormat('en-GB', { style: 'currency', currency, maximumFractionDigits: digits }).format(value);
}
