# The server alone: its runtime dependencies, its sources as they are (Node takes the types off), and the built pages.
#
# It listens for other machines, and does not start before it knows who may talk: give it AUTH=accounts with AUTH_SECRET
# and PUBLIC_URL, or ALLOW_ANONYMOUS=1 where whoever reaches the port may do everything (docs/operations.md).

FROM node:26-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No runtime dependency has an install script.
RUN npm ci --omit=dev --ignore-scripts
COPY scripts/build-pages.ts ./scripts/build-pages.ts
COPY src ./src
COPY web ./web
# The build tool has done its work with that.
RUN node scripts/build-pages.ts && rm -r node_modules/esbuild node_modules/@esbuild node_modules/preact

FROM node:26-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data
WORKDIR /app
# A volume that is made for /data belongs to whom the folder belongs to.
RUN mkdir /data && chown node:node /data
COPY --from=modules /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY bin ./bin
COPY src ./src
COPY --from=modules /app/dist ./dist
USER node
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# A database that is away makes the server degraded, not unhealthy: /health answers 200 then. The first start of the
# embedded database takes seconds.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/server/main.ts"]
