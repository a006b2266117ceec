/** The code under test: takes payments as whoever the token says. It reads the token anew for every call. */

export interface CheckoutOptions {
  /** As a workload does it: from a file that is renewed under its feet. */
  readonly readToken: () => Promise<string>;
  /** The payment service's verdict: who it is, or undefined. */
  readonly verify: (token: string) => Promise<string | undefined>;
}

export type Payment = { readonly status: 401 } | { readonly status: 200; paidBy: string; amount: number };

export function newCheckout({ readToken, verify }: CheckoutOptions): { pay(amount: number): Promise<Payment> } {
  return {
    async pay(amount) {
      const caller = await verify(await readToken());
      return caller === undefined ? { status: 401 } : { status: 200, paidBy: caller, amount };
    },
  };
}
