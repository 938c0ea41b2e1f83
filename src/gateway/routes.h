/* routes.h -- the one table of the REST interface: dispatch, OpenAPI and the documents' test read
 * it.
 * Owns:   every resource's method, path, who may ask, weight, parameters and sentence.
 * Never:  is written a second time anywhere.
 * Always: a path under /v1 that is not here answers 404, another method of a path here 405.
 */
#ifndef HEDGEROW_GATEWAY_ROUTES_H
#define HEDGEROW_GATEWAY_ROUTES_H

/* X(NAME, handler, METHOD, path, access, weight, query parameters, sentence).
 * access: PUBLIC; READ: a key; TRADE: a key that may trade. The weight is in tokens of its
 * bucket. */
#define ROUTES(X) \
    X(TIME, time, GET, "/v1/time", PUBLIC, 1, "", "the venue's time") \
    X(STATUS, status, GET, "/v1/status", PUBLIC, 1, "", \
      "the venue, its clock, sequence, hashes and the ledger check") \
    X(INSTRUMENTS, instruments, GET, "/v1/instruments", PUBLIC, 2, "", "all listed contracts") \
    X(INSTRUMENT, instrument, GET, "/v1/instruments/{id}", PUBLIC, 1, "", "one contract") \
    X(BOOK, book, GET, "/v1/book/{id}", PUBLIC, 2, "depth", "price levels, best first") \
    X(TRADES, trades, GET, "/v1/trades/{id}", PUBLIC, 5, "since limit cursor", "trades") \
    X(CANDLES, candles, GET, "/v1/candles/{id}", PUBLIC, 10, "step since limit", \
      "open, high, low, close and volume a step") \
    X(TICKERS, tickers, GET, "/v1/tickers", PUBLIC, 2, "", \
      "best prices, last trade and the day's figures") \
    X(SETTLEMENTS, settlements, GET, "/v1/settlements", PUBLIC, 5, "contract limit cursor", \
      "daily and final settlement prices") \
    X(STATISTICS, statistics, GET, "/v1/statistics", PUBLIC, 5, "contract limit cursor", \
      "a contract's figures of each day") \
    X(FIXINGS, fixings, GET, "/v1/fixings/{id}", PUBLIC, 5, "", \
      "days of the averaging set so far") \
    X(INDEXES, indexes, GET, "/v1/index", PUBLIC, 2, "", "the benchmarks") \
    X(INDEX, index, GET, "/v1/index/{id}", PUBLIC, 5, "vintages limit cursor", \
      "a benchmark's prints") \
    X(OPEN_INTEREST, open_interest, GET, "/v1/open-interest", PUBLIC, 2, "", \
      "long and short lots a contract") \
    X(OPENAPI, openapi, GET, "/v1/openapi.json", PUBLIC, 5, "", "this interface for programs") \
    X(WEBSOCKET, websocket, GET, "/v1/ws", PUBLIC, 5, "", "upgrade to WebSocket") \
    X(ORDER_NEW, order_new, POST, "/v1/orders", TRADE, 1, "", "send an order") \
    X(ORDER_BATCH, order_batch, POST, "/v1/orders/batch", TRADE, 1, "", "send 1 to 100 orders") \
    X(ORDERS, orders, GET, "/v1/orders", READ, 5, "state contract account limit cursor", "orders") \
    X(ORDERS_CANCEL, orders_cancel, DELETE, "/v1/orders", TRADE, 1, "contract side", \
      "cancel all orders that match") \
    X(ORDER, order, GET, "/v1/orders/{id}", READ, 2, "", "one order and its fills") \
    X(ORDER_AMEND, order_amend, PATCH, "/v1/orders/{id}", TRADE, 1, "", "amend an order") \
    X(ORDER_CANCEL, order_cancel, DELETE, "/v1/orders/{id}", TRADE, 1, "", "cancel an order") \
    X(CLIENT, client, GET, "/v1/orders/by-client/{client_id}", READ, 2, "", \
      "the last order of that client id") \
    X(CLIENT_AMEND, client_amend, PATCH, "/v1/orders/by-client/{client_id}", TRADE, 1, "", \
      "amend an order") \
    X(CLIENT_CANCEL, client_cancel, DELETE, "/v1/orders/by-client/{client_id}", TRADE, 1, "", \
      "cancel an order") \
    X(FILLS, fills, GET, "/v1/fills", READ, 5, "contract account limit cursor", "fills") \
    X(ACCOUNTS, accounts, GET, "/v1/accounts", READ, 2, "", "the accounts the key may read") \
    X(POSITIONS, positions, GET, "/v1/positions", READ, 2, "account cursor", "positions") \
    X(BALANCES, balances, GET, "/v1/balances", READ, 2, "account", "ledger balances") \
    X(MARGIN, margin, GET, "/v1/margin", READ, 2, "account cursor", "margin of each account") \
    X(LEDGER, ledger, GET, "/v1/ledger", READ, 5, "account limit cursor", "postings") \
    X(FEES, fees, GET, "/v1/fees", READ, 2, "account", "fees charged so far")

#endif
